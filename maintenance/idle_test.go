package maintenance

import (
	"log/slog"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatNobodyUsesIsPutToRest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace := list[0].ID
	b.end(workspace)
	edge := tenants.EdgeProcess{Edge: id.New(), Lease: id.New(), Name: "one"}
	for range 2 {
		b.must(b.store.NoteUses(t.Context(), edge, nil, false))
		b.move(time.Minute)
	}
	times, err := tenants.ParseIdleTimes("free=2m")
	b.must(err)
	b.until(workspace, tenants.Hibernating, Idle{Store: b.store, Times: times, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run)
}
