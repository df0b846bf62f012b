package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// OpenWorkspace returns a running workspace once it is recorded that the principal enters it. What follows may fail: the
// trail would rather tell of an entry that did not succeed than miss one that did. No receipt is left: nobody has entered yet.
func (s *Store) OpenWorkspace(ctx context.Context, p Principal, workspace uuid.UUID) (Workspace, error) {
	var ws Workspace
	err := s.inTx(WithReceipt(ctx, nil), func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).GetWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		if ws = FromRow(row); ws.State == Hibernated {
			return refuse(Conflict, "", "the workspace is hibernated; wake it first: longhouse workspaces wake %s --wait", ws.Slug)
		} else if ws.State != Running {
			return refuse(Conflict, "", "the workspace is %s; it can be opened only when it is %s", ws.State, Running)
		}
		if err := dbsql.New(tx).NoteUses(ctx, dbsql.NoteUsesParams{Workspaces: []uuid.UUID{workspace}, Now: s.now()}); err != nil {
			return fmt.Errorf("note that a workspace is used: %w", err)
		}
		return s.record(ctx, tx, Event{Tenant: &ws.Tenant, Actor: p.Name(), Action: "workspace.open", Subject: id.Show(id.Workspace, ws.ID)})
	})
	return ws, err
}
