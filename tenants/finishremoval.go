package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// finishRemoval sees to it that nothing is left of a workspace that somebody wanted gone, and whose database is. It reports whether
// there was such a wish; without one nothing is removed.
func (s *Store) finishRemoval(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, why string) (wanted bool, err error) {
	open, row, err := lockWithOperation(ctx, tx, workspace)
	if err != nil {
		return false, err
	}
	if State(row.State) == Removing && Kind(open.Kind) == KindDelete {
		return true, nil
	}
	if State(row.State) != Deleting {
		return false, nil
	}
	err = dbsql.New(tx).BreakOffOperations(ctx, dbsql.BreakOffOperationsParams{WorkspaceID: &workspace, Now: s.now(), Message: why})
	if err != nil {
		return false, fmt.Errorf("break operations off: %w", err)
	}
	op, err := s.set(ctx, tx, System, row, DeleteArgs{}, why)
	if err != nil {
		return false, err
	}
	return true, s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: System, Action: "workspace.remove", Subject: id.Show(id.Workspace, workspace),
		Details: map[string]string{"operation": id.Show(id.Operation, op.ID), "why": why}})
}
