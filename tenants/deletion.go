package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// How long a workspace that shall be deleted can be brought back.
const (
	grace     = 7 * 24 * time.Hour  // where nobody chose a date
	graceMost = 90 * 24 * time.Hour // and the longest that one can choose
	hasty     = time.Hour           // with less than this, the wish has to be confirmed
)

// Deletion is a wish to have a workspace gone.
type Deletion struct {
	Now     bool      // at once
	At      time.Time // otherwise; zero: in a week
	Confirm string    // the workspace's slug; needed where less than an hour is left to think again
}

// date decides when a deletion is due.
func (d Deletion) date(now time.Time, slug string) (time.Time, error) {
	at := d.At
	switch {
	case d.Now:
		at = now
	case at.IsZero():
		at = now.Add(grace)
	case at.Before(now):
		return at, refuse(Invalid, "delete_at", "delete_at is %s, which is past; allowed is a time from now to 90 days ahead, or the word now", shown(at))
	case at.After(now.Add(graceMost)):
		return at, refuse(Invalid, "delete_at", "delete_at is %s; allowed is a time from now to 90 days ahead, which is %s", shown(at), shown(now.Add(graceMost)))
	}
	if at.Before(now.Add(hasty)) && d.Confirm != slug {
		return at, refuse(Invalid, "confirm", "this deletes the workspace and all of its data for good within the hour; to confirm that, give its slug as confirm: %s", slug)
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

// Delete has a workspace removed at a date, and out of service until then; or at once. Asked again before the date, it
// only changes that, and there is no operation.
func (s *Store) Delete(ctx context.Context, p Principal, workspace uuid.UUID, d Deletion) (ws Workspace, op *Operation, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		at, err := d.date(s.now(), row.Slug)
		if err != nil {
			return err
		}
		details := map[string]string{"delete_at": shown(at)}
		if op, err = s.wantGone(ctx, tx, p.Name(), row, at, d.Now); err != nil {
			return err
		}
		if op != nil {
			details["operation"] = id.Show(id.Operation, op.ID)
		}
		if row, err = q.GetWorkspace(ctx, workspace); err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		ws = FromRow(row)
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.delete",
			Subject: id.Show(id.Workspace, workspace), Details: details})
	})
	return ws, op, err
}

// wantGone writes the wish down, and asks for what has to be done about it now.
func (s *Store) wantGone(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace, at time.Time, now bool) (*Operation, error) {
	q := dbsql.New(tx)
	again := State(row.State) == Deleting && row.DeleteAt != nil
	if !again {
		if from := passages[KindRetire].from; !slices.Contains(from, State(row.State)) {
			return nil, refuse(Conflict, "", "the workspace is %s; it can be deleted only when it is %s", row.State, list(from))
		}
		if err := q.AddDeletion(ctx, dbsql.AddDeletionParams{WorkspaceID: row.ID, AskedBy: by, AskedAt: s.now()}); err != nil {
			return nil, fmt.Errorf("write the deletion down: %w", err)
		}
	}
	if err := q.SetDeleteAt(ctx, dbsql.SetDeleteAtParams{ID: row.ID, DeleteAt: &at, Now: s.now()}); err != nil {
		return nil, fmt.Errorf("set the date of a deletion: %w", err)
	}
	switch {
	case now:
		op, err := s.set(ctx, tx, by, row, DeleteArgs{}, "it shall be deleted at once")
		return &op, err
	case again:
		return nil, s.AnnounceDeletion(ctx, tx, row.ID)
	default:
		op, err := s.set(ctx, tx, by, row, RetireArgs{}, "it shall be deleted on "+shown(at))
		return &op, err
	}
}

// Undelete takes the wish back, as long as the date has not come: the workspace runs again, or is stopped, as before.
// The operation is the one that brings it there, if there is something to do.
func (s *Store) Undelete(ctx context.Context, p Principal, workspace uuid.UUID) (ws Workspace, op *Operation, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		// First the operation and then the workspace, in the order in which workers lock them.
		open, err := q.LockOpenOperation(ctx, &workspace)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("look for an operation on the workspace: %w", err)
		}
		row, err := q.LockWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		if err := s.canComeBack(row); err != nil {
			return err
		}
		if Kind(open.Kind) == KindRetire {
			op, err = s.turnBack(ctx, tx, p.Name(), open)
		} else {
			op, err = s.comeBack(ctx, tx, p.Name(), row)
		}
		if err != nil {
			return err
		}
		if row, err = q.GetWorkspace(ctx, workspace); err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		ws = FromRow(row)
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.undelete", Subject: id.Show(id.Workspace, workspace)})
	})
	return ws, op, err
}

// canComeBack refuses what is too late, or was never wanted.
func (s *Store) canComeBack(row dbsql.Workspace) error {
	switch state := State(row.State); {
	case state == Deleted:
		return refuse(Conflict, "", "the workspace is deleted: nothing is left to bring back")
	case state == Removing, state == Deleting && row.DeleteAt == nil:
		return refuse(Conflict, "", "the workspace can't be brought back any more: its data is being removed")
	case state != Deleting:
		return refuse(Conflict, "", "the workspace is %s: nobody wants it deleted", state)
	case !s.now().Before(*row.DeleteAt):
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
	d, err := dbsql.New(tx).GetDeletion(ctx, row.ID)
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
	err = s.SetRoute(ctx, tx, Route{Workspace: row.ID, Hosts: []string{s.Host(row.Slug)}, State: Halted, Message: d.Message})
	if err != nil || was == Stopped {
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

func shown(at time.Time) string { return at.UTC().Format(time.RFC3339) }
