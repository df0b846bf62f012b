package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Undelete takes the wish back, as long as the date has not come: the workspace runs again, is stopped, or hibernates, as before.
// The operation is the one that brings it there, if there is something to do.
func (s *Store) Undelete(ctx context.Context, p Principal, workspace uuid.UUID) (ws Workspace, op *Operation, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		open, row, err := lockWithOperation(ctx, tx, workspace)
		if err != nil {
			return err
		}
		if err := s.canComeBack(ctx, tx, row); err != nil {
			return err
		}
		again := Kind(open.Kind) == KindRetire && Progress(open.State) == Undoing
		if !again {
			if err := s.tellOwners(ctx, tx, row.TenantID, workspace, DeletionTakenBack, p.Name(), *row.DeleteAt); err != nil {
				return err
			}
		}
		if Kind(open.Kind) == KindRetire {
			op, err = s.turnBack(ctx, tx, p.Name(), open)
		} else {
			op, err = s.comeBack(ctx, tx, p.Name(), row)
		}
		if err != nil {
			return err
		}
		if row, err = dbsql.New(tx).GetWorkspace(ctx, workspace); err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		ws = FromRow(row)
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.undelete", Subject: id.Show(id.Workspace, workspace)})
	})
	return ws, op, err
}

// canComeBack refuses what is too late, or was never wanted.
func (s *Store) canComeBack(ctx context.Context, tx pgx.Tx, row dbsql.Workspace) error {
	certain, err := s.certain(ctx, dbsql.New(tx))
	if err != nil {
		return err
	}
	switch state := State(row.State); {
	case state == Deleted:
		return refuse(Conflict, "", "the workspace is deleted: nothing is left to bring back")
	case state == Removing, state == Deleting && row.DeleteAt == nil:
		return refuse(Conflict, "", "the workspace can't be brought back any more: its data is being removed")
	case state != Deleting:
		return refuse(Conflict, "", "the workspace is %s: nobody wants it deleted", state)
	case !certain.Before(*row.DeleteAt):
		return refuse(Conflict, "", "the workspace could be brought back until %s; now its data is being removed", shown(*row.DeleteAt))
	}
	return nil
}

// turnBack has a workspace that is still being taken out of service brought back by the same operation.
func (s *Store) turnBack(ctx context.Context, tx pgx.Tx, by string, open dbsql.Operation) (*Operation, error) {
	op := operation(open)
	if op.State == Undoing {
		return &op, nil
	}
	op.State, op.Message, op.CancelledBy, op.CancelReason = Undoing, "the deletion was taken back", by, "the workspace shall not be deleted"
	err := dbsql.New(tx).CancelOperation(ctx, dbsql.CancelOperationParams{ID: op.ID, By: by, Reason: op.CancelReason, Message: op.Message})
	if err != nil {
		return nil, fmt.Errorf("cancel operation %s: %w", op.ID, err)
	}
	return &op, s.queue.Nudge(ctx, tx, TopicOperation, op.ID, 1)
}

// comeBack leads a workspace that is out of service to what it was before.
func (s *Store) comeBack(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace) (op *Operation, err error) {
	q := dbsql.New(tx)
	// One that began between the look for it and the lock on the workspace would lead it out of service all the same.
	switch began, err := q.HasOpenOperation(ctx, &row.ID); {
	case err != nil:
		return nil, fmt.Errorf("look for an operation on the workspace once more: %w", err)
	case began:
		return nil, refuse(Conflict, "", "somebody else changed the workspace at the same moment; try again")
	}
	d, err := q.GetDeletion(ctx, row.ID)
	if err != nil {
		return nil, fmt.Errorf("read the deletion: %w", err)
	}
	was, err := s.forgetDeletion(ctx, tx, row.ID)
	if err != nil {
		return nil, err
	}
	if err := s.move(ctx, tx, row.ID, Deleting, undeleted[was]); err != nil {
		return nil, err
	}
	route := Route{Workspace: row.ID, Hosts: []string{s.Host(row.Slug)}, State: Halted, Message: d.Message}
	if was == Hibernated {
		route.State = Asleep
	}
	if err := s.SetRoute(ctx, tx, route); err != nil || was != Running {
		return nil, err
	}
	start, err := s.Request(ctx, tx, Request{Args: StartArgs{}, Cell: row.CellID, Tenant: &row.TenantID, Workspace: &row.ID, By: by,
		Reason: "it shall not be deleted"})
	return &start, err
}

// forgetDeletion takes the wish out of the rows, and says what the workspace was before it.
func (s *Store) forgetDeletion(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) (was State, err error) {
	q := dbsql.New(tx)
	d, err := q.GetDeletion(ctx, workspace)
	if err != nil {
		return "", fmt.Errorf("read the deletion: %w", err)
	}
	if err := q.RemoveDeletion(ctx, workspace); err != nil {
		return "", fmt.Errorf("forget the deletion: %w", err)
	}
	if err := q.SetDeleteAt(ctx, dbsql.SetDeleteAtParams{ID: workspace, Now: s.now()}); err != nil {
		return "", fmt.Errorf("forget the date of a deletion: %w", err)
	}
	return State(d.Was), nil
}
