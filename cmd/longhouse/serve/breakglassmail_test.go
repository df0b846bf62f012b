package serve

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatOwnersReadWhoAreShutOut(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	m := tenants.BreakGlassMail{To: "ada@example.com", Tenant: "Engine Works", Workspace: tenants.Workspace{Name: "Engines"}, Host: "engines.longhouse.test", Secret: "lhg_x",
		EndsAt: at.Add(15 * time.Minute), AskedAt: at, AskedFrom: "192.0.2.77", Reason: "a new office"}
	link := aboutGlassLink(m, "http://127.0.0.1:1/break-glass#token=lhg_x")
	want := `You have asked for a way back in to the workspace Engines of Engine Works, engines.longhouse.test, whose IP filter shuts you out.
That was at 12:00 on 1 March 2030 UTC, from 192.0.2.77.
The reason: a new office

Open this link where you want to be let in, until 12:15 UTC. It says what it will do, and does nothing yet:

http://127.0.0.1:1/break-glass#token=lhg_x

It lets in the address that you come from, for an hour and nobody else, once you have typed a code that is mailed to you then. All owners,
admins and security are told.

If it was not you, ignore this mail, and give the link to nobody.
`
	if link.To != "ada@example.com" || link.Subject != "A way back in to engines.longhouse.test" || link.Text != want {
		t.Errorf("%s: %s\n%s\nwant\n%s", link.To, link.Subject, link.Text, want)
	}
	m.ByEmail, m.AskedFrom, m.Reason = true, "", ""
	if text := aboutGlassLink(m, "").Text; !strings.HasPrefix(text, "Somebody who knows your e-mail address, hopefully you, asked for") || !strings.Contains(text, "2030 UTC.\n") || strings.Contains(text, "reason:") {
		t.Errorf("%s", text)
	}
	m.Secret = "01234567"
	if code := aboutGlassCode(m); !strings.HasPrefix(code.Text, "The code is 0123 4567, and is good until 12:15 UTC") || strings.Contains(code.Subject, "0123") {
		t.Errorf("%s: %s", code.Subject, code.Text)
	}
}

func TestTheMailAboutAFilterTellsOfBreakGlass(t *testing.T) {
	t.Parallel()
	until := time.Date(2030, 3, 1, 13, 0, 0, 0, time.UTC)
	hour := tenants.IPRule{Network: netip.MustParsePrefix("192.0.2.77/32"), Name: "Break-glass", Owner: "ada@example.com", Until: &until, Enabled: true, Hour: &tenants.IPHour{Reason: "a new office"}}
	was := tenants.IPFilter{Version: 1}
	with := tenants.IPFilter{Version: 2, Rules: []tenants.IPRule{hour}}
	m := tenants.IPFilterMail{Workspace: tenants.Workspace{Slug: "engines"}, By: "ada@example.com", Filter: with, Changes: with.Since(was)}
	const want = "This is break-glass: an owner was shut out, and has let in the address that they came from, 192.0.2.77, until 13:00 UTC."
	if text := aboutIPFilter(m).Text; !strings.Contains(text, want) || !strings.Contains(text, "longhouse ip-filter remove engines 192.0.2.77\n") {
		t.Errorf("%s", text)
	}
	m.Filter, m.Changes = was, was.Since(with)
	if text := aboutIPFilter(m).Text; strings.Contains(text, "This is break-glass") {
		t.Errorf("%s", text)
	}
}
