package maintenance

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// TestTheClockEndsTheHourOfAnOwner who let themselves in to a filter that shut them out.
func TestTheClockEndsTheHourOfAnOwner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace, lab := list[0].ID, netip.MustParseAddr("192.0.2.77")
	_, secret, err := b.store.NewConfirmation(t.Context(), b.owner.Person)
	b.must(err)
	b.must(b.store.Confirm(t.Context(), secret))
	_, _, err = b.store.SetIPFilter(t.Context(), b.owner, workspace, tenants.IPFilterChange{From: netip.MustParseAddr("203.0.113.9"),
		Rules: []tenants.IPRuleWish{{Network: "203.0.113.0/24", Enabled: true}}})
	b.must(err)
	g, err := b.store.RequestBreakGlass(t.Context(), b.owner, workspace, "a new office", lab)
	b.must(err)
	link, err := b.store.NewBreakGlassLink(t.Context(), g.ID)
	b.must(err)
	_, err = b.store.AskBreakGlassCode(t.Context(), link.Secret, lab)
	b.must(err)
	code, err := b.store.NewBreakGlassCode(t.Context(), g.ID)
	b.must(err)
	_, _, err = b.store.BreakGlass(t.Context(), tenants.GlassUse{Secret: link.Secret, Code: code.Secret, From: lab})
	b.must(err)
	b.move(time.Hour)
	await(b, Hours{Store: b.store, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run, func() (tenants.IPFilter, bool) {
		f, err := b.store.IPFilter(t.Context(), workspace)
		b.must(err)
		return f, f.Version == 3 && len(f.Rules) == 1
	})
}
