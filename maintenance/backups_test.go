package maintenance

import (
	"log/slog"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestTheClockHasWorkspacesBackedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace := list[0].ID
	_, err = b.pool.Exec(t.Context(), "update workspaces set state = 'running'")
	b.must(err)
	b.move(25 * time.Hour)
	await(b, Backups{Store: b.store, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run, func() ([]tenants.WorkspaceBackup, bool) {
		asked, err := b.store.Backups(t.Context(), workspace, false, tenants.Page{Limit: 2})
		b.must(err)
		return asked, len(asked) == 1 && asked[0].Cause == tenants.BackupBySchedule
	})
}
