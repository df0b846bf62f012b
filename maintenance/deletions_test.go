package maintenance

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestTheClockAsksForTheRemovalOfWhatIsDue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := b.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &b.tenant}, tenants.Page{Limit: 1})
	b.must(err)
	workspace := list[0].ID
	b.end(workspace)
	_, _, err = b.store.Delete(t.Context(), b.owner, workspace, tenants.Deletion{})
	b.must(err)
	b.end(workspace)
	b.move(7 * 24 * time.Hour)
	b.until(workspace, tenants.Removing, Deletions{Store: b.store, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}.Run)
}

// until has rounds go on until the workspace is in a state.
func (b *bundle) until(workspace uuid.UUID, state tenants.State, run func(context.Context)) {
	b.t.Helper()
	await(b, run, func() (tenants.State, bool) {
		ws, err := b.store.Workspace(b.t.Context(), workspace)
		b.must(err)
		return ws.State, ws.State == state
	})
}

// await runs something until done is, which says how far it has come.
func await[T any](b *bundle, run func(context.Context), done func() (T, bool)) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	over := make(chan struct{})
	go func() {
		run(ctx)
		close(over)
	}()
	for deadline := time.After(time.Minute); ; {
		is, ok := done()
		if ok {
			break
		}
		select {
		case <-deadline:
			b.t.Fatalf("it is %v", is)
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	<-over
}

// end ends the workspace's open operation well, as the provisioner does.
func (b *bundle) end(workspace uuid.UUID) {
	b.t.Helper()
	ctx := b.t.Context()
	var open uuid.UUID
	b.must(b.pool.QueryRow(ctx, "select id from operations where workspace_id = $1 and finished_at is null", workspace).Scan(&open))
	op, err := b.store.Operation(ctx, open)
	b.must(err)
	b.must(pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "update operations set state = 'succeeded', finished_at = now() where id = $1", open); err != nil {
			return err
		}
		return b.store.Arrive(ctx, tx, op, tenants.Succeeded)
	}))
}
