package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// finishRemoval sees to it that nothing is left of a workspace whose database is gone, and which somebody wanted gone: the backup knows
// of the wish, or the archive has the certificate. It reports whether there was such a wish; without one nothing is removed.
func (s *Store) finishRemoval(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, why, signed string) (wanted bool, err error) {
	open, row, err := lockWithOperation(ctx, tx, workspace)
	if err != nil {
		return false, err
	}
	q, details := dbsql.New(tx), map[string]string{"why": why}
	if signed != "" {
		if err := s.takeCertificate(ctx, q, workspace, signed); err != nil {
			return false, err
		}
		details["certificate"] = certificateSum(signed)
	}
	if State(row.State) == Removing && Kind(open.Kind) == KindDelete {
		return true, nil
	}
	if State(row.State) != Deleting && signed == "" {
		return false, nil
	}
	err = q.BreakOffOperations(ctx, dbsql.BreakOffOperationsParams{WorkspaceID: &workspace, Now: s.now(), Message: why})
	if err != nil {
		return false, fmt.Errorf("break operations off: %w", err)
	}
	if kind := Kind(open.Kind); slices.Contains([]Kind{KindStart, KindStop, KindHibernate, KindWake}, kind) {
		back := passages[kind].undone
		if back == asBefore {
			back = beforeStop(row)
		}
		if err := s.move(ctx, tx, workspace, State(row.State), back); err != nil {
			return false, err
		}
		row.State = string(back)
	}
	op, err := s.set(ctx, tx, System, row, DeleteArgs{}, why)
	if err != nil {
		return false, err
	}
	details["operation"] = id.Show(id.Operation, op.ID)
	return true, s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: System, Action: "workspace.remove", Subject: id.Show(id.Workspace, workspace), Details: details})
}
