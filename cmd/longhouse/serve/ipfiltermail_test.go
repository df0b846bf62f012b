package serve

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAMailTellsWhatBecameOfAnIPFilter(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	rule := func(network, name string) tenants.IPRule {
		return tenants.IPRule{Network: netip.MustParsePrefix(network), Name: name, Enabled: true}
	}
	was := tenants.IPFilter{Version: 6, Open: true}
	moved, home := rule("192.0.2.0/24", "Lab"), rule("198.51.100.7/32", "Home")
	moved.ID[0], home.ID[0] = 1, 2
	was.Rules = []tenants.IPRule{moved, home}
	moved.Network, moved.Enabled = netip.MustParsePrefix("192.0.2.0/25"), false
	f := tenants.IPFilter{Version: 7, Forced: true, Reason: "an audit", ChangedAt: at, Rules: []tenants.IPRule{moved, {Network: netip.MustParsePrefix("203.0.113.0/24"), Name: "Office", Owner: "ada@example.com", Until: &at, Enabled: true}}}
	m := aboutIPFilter(tenants.IPFilterMail{To: "eve@example.com", Tenant: "Engine Works", Workspace: tenants.Workspace{Name: "Engines", Slug: "engines"}, Host: "engines.longhouse.test",
		Filter: f, Changes: f.Since(was), By: "ada@example.com"})
	if m.To != "eve@example.com" || m.Subject != "The IP filter of engines.longhouse.test was changed" {
		t.Errorf("%s: %s", m.To, m.Subject)
	}
	want := `ada@example.com has set another IP filter for the workspace Engines of Engine Works, engines.longhouse.test, on Friday, 1 March 2030, 12:00 UTC.
The reason: an audit

It is now closed: nobody is let in whom no enabled rule names.
It was forced: it did not let in the address from which it was saved.

Added:
  203.0.113.0/24, Office, for ada@example.com, until 1 March 2030, 12:00 UTC

Removed:
  198.51.100.7, Home

Changed, from:
  192.0.2.0/24, Lab

to:
  192.0.2.0/25, Lab, disabled

Who did not expect this looks at who set what:

  longhouse ip-filter history engines
  longhouse ip-filter show engines --version 7
`
	if m.Text != want {
		t.Errorf("it says\n%s\nwant\n%s", m.Text, want)
	}
	f.Trial = &tenants.IPTrial{EndsAt: at.Add(5 * time.Minute)}
	if m := aboutIPFilter(tenants.IPFilterMail{Workspace: tenants.Workspace{Slug: "engines"}, Filter: f}); !strings.Contains(m.Text, "goes at 12:05 UTC") || !strings.Contains(m.Text, "ip-filter confirm engines\n") {
		t.Errorf("of one on trial it says\n%s", m.Text)
	}
	f.Trial = nil
	hook := tenants.IPException{For: tenants.IncomingWebhook, Network: netip.MustParsePrefix("140.82.112.0/20"), Tokens: []string{"a"}, Name: "Builds", Enabled: true}
	told := aboutIPFilter(tenants.IPFilterMail{Filter: f, Changes: tenants.IPFilterDiff{Exceptions: tenants.IPExceptionDiff{Added: []tenants.IPException{hook}, Removed: []tenants.IPException{{For: tenants.SCIM, Network: netip.MustParsePrefix("::/0")}}}}})
	for _, say := range []string{"Exceptions added:\n  for incoming webhooks by 1 tokens, from 140.82.112.0/20, Builds\n", "Exceptions removed:\n  for SCIM by 0 tokens, from ::/0, disabled\n"} {
		if !strings.Contains(told.Text, say) {
			t.Errorf("of exceptions it says\n%s", told.Text)
		}
	}
	for range mailedMost {
		f.Rules = append(f.Rules, rule("10.0.0.0/8", ""))
	}
	if m := aboutIPFilter(tenants.IPFilterMail{Filter: f, Changes: tenants.IPFilterDiff{Added: f.Rules}}); strings.Count(m.Text, "  10.0.0.0/8\n") != mailedMost-2 || !strings.Contains(m.Text, "  and 2 more\n") {
		t.Errorf("of many rules it says\n%s", m.Text)
	}
}
