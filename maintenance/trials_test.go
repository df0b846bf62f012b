package maintenance

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// TestTheClockBringsAnIPFilterBack also where nothing of the process is left in which it was saved.
func TestTheClockBringsAnIPFilterBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace := list[0].ID
	_, _, err = b.store.SetIPFilter(t.Context(), b.owner, workspace, tenants.IPFilterChange{From: netip.MustParseAddr("203.0.113.9"), ConfirmWithin: time.Minute,
		Rules: []tenants.IPRuleWish{{Network: "203.0.113.0/24", Enabled: true}}})
	b.must(err)
	b.move(time.Minute)
	await(b, Trials{Store: b.store, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run, func() (tenants.IPFilter, bool) {
		f, err := b.store.IPFilter(t.Context(), workspace)
		b.must(err)
		return f, f.Version == 2 && f.Open
	})
}
