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
		open, row, err := lockWithOperation(ctx, tx, workspace)
		if err != nil {
			return err
		}
		if Kind(open.Kind) == KindRetire && Progress(open.State) == Undoing {
			return refuse(Conflict, "", "the workspace is being brought back; wait for that and try again")
		}
		at, err := d.date(s.now(), row.Slug)
		if err != nil {
			return err
		}
		details := map[string]string{"delete_at": shown(at)}
		if op, err = s.wantGone(ctx, tx, p.Name(), open, row, at, d.Now); err != nil {
			return err
		}
		if op != nil {
			details["operation"] = id.Show(id.Operation, op.ID)
		}
		before := row.DeleteAt
		if row, err = dbsql.New(tx).GetWorkspace(ctx, workspace); err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		ws = FromRow(row)
		if before == nil || !before.Equal(at) {
			if err := s.tellOwners(ctx, tx, row.TenantID, workspace, DeletionAsked, p.Name(), at); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.delete",
			Subject: id.Show(id.Workspace, workspace), Details: details})
	})
	return ws, op, err
}

// wantGone writes the wish down, and asks for what has to be done about it now. An operation that has not begun announces
// the date itself: taken back before, it has no step to undo, and would leave the announcement.
func (s *Store) wantGone(ctx context.Context, tx pgx.Tx, by string, open dbsql.Operation, row dbsql.Workspace, at time.Time, now bool) (*Operation, error) {
	again := State(row.State) == Deleting
	if err := s.rememberDeletion(ctx, tx, by, row, at); err != nil {
		return nil, err
	}
	switch {
	case now:
		op, err := s.set(ctx, tx, by, row, DeleteArgs{}, "it shall be deleted at once")
		return &op, err
	case again && Progress(open.State) == Queued:
		return nil, nil
	case again:
		return nil, s.AnnounceDeletion(ctx, tx, row.ID)
	default:
		op, err := s.set(ctx, tx, by, row, RetireArgs{}, "it shall be deleted on "+shown(at))
		return &op, err
	}
}

// rememberDeletion writes down who has the wish for when, and, the first time, what the workspace goes back to.
func (s *Store) rememberDeletion(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace, at time.Time) error {
	q := dbsql.New(tx)
	var err error
	switch from, state := passages[KindRetire].from, State(row.State); {
	case state == Deleting:
		if err := s.canComeBack(ctx, tx, row); err != nil {
			return err
		}
		err = q.TakeOverDeletion(ctx, dbsql.TakeOverDeletionParams{WorkspaceID: row.ID, AskedBy: by, AskedAt: s.now()})
	case slices.Contains(from, state):
		err = q.AddDeletion(ctx, dbsql.AddDeletionParams{WorkspaceID: row.ID, AskedBy: by, AskedAt: s.now()})
	default:
		return refuse(Conflict, "", "the workspace is %s; it can be deleted only when it is %s", row.State, list(from))
	}
	if err != nil {
		return fmt.Errorf("write the deletion down: %w", err)
	}
	if err := q.SetDeleteAt(ctx, dbsql.SetDeleteAtParams{ID: row.ID, DeleteAt: &at, Now: s.now()}); err != nil {
		return fmt.Errorf("set the date of a deletion: %w", err)
	}
	return nil
}

// lockWithOperation locks a workspace with the operation that is open on it, if there is one: first the operation, in the
// order in which workers lock them.
func lockWithOperation(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) (open dbsql.Operation, row dbsql.Workspace, err error) {
	q := dbsql.New(tx)
	open, err = q.LockOpenOperation(ctx, &workspace)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return open, row, fmt.Errorf("look for an operation on the workspace: %w", err)
	}
	if row, err = q.LockWorkspace(ctx, workspace); err != nil {
		return open, row, unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
	}
	return open, row, nil
}

func shown(at time.Time) string { return at.UTC().Format(time.RFC3339) }
