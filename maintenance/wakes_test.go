package maintenance

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestTheClockWakesWhatIsDue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace := list[0].ID
	b.end(workspace)
	_, err = b.store.Ask(t.Context(), b.owner, workspace, tenants.HibernateArgs{}, "test")
	b.must(err)
	due := b.now().Add(time.Hour)
	b.must(pgx.BeginFunc(t.Context(), b.pool, func(tx pgx.Tx) error { return b.store.SetWakeAt(t.Context(), tx, workspace, &due) }))
	b.end(workspace)
	b.move(time.Hour - 5*time.Second)
	b.until(workspace, tenants.Waking, Wakes{Store: b.store, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run)
}
