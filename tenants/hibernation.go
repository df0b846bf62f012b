package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// wakeAhead is how long before something is due in a hibernated workspace it is woken: what is due late is noticed, an instance that
	// runs for some seconds is not.
	wakeAhead = 5 * time.Second
	// wakePause is how long a workspace is left alone that could not be woken for what is due in it.
	wakePause = 5 * time.Minute
)

// HibernateArgs asks for the instance of a workspace that nobody uses to be put to rest.
type HibernateArgs struct{}

// WakeArgs asks for a hibernated workspace to run.
type WakeArgs struct{}

// Kind implements Args.
func (HibernateArgs) Kind() Kind { return KindHibernate }

// Kind implements Args.
func (WakeArgs) Kind() Kind { return KindWake }

// WantAwake has a workspace woken that somebody came for, as an edge says, which may be that of many at once. One that is just being put to
// rest is woken as soon as it is, unless that can still be left; for one that is awake or woken there is nothing to do. A workspace that
// rests for another reason is refused: it waits for a person's decision.
func (s *Store) WantAwake(ctx context.Context, workspace uuid.UUID) error {
	return s.wantAwake(ctx, AnEdge, workspace, "somebody came for it")
}

// WantOpen does the same for who wants to be signed in.
func (s *Store) WantOpen(ctx context.Context, p Principal, workspace uuid.UUID) error {
	return s.wantAwake(ctx, p.Name(), workspace, "somebody opens it")
}

func (s *Store) wantAwake(ctx context.Context, by string, workspace uuid.UUID, why string) error {
	ws, err := s.Workspace(ctx, workspace) // most edges that ask come late, and need not wait for its lock
	if err != nil || ws.State == Running || ws.State == Waking {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
		if err != nil {
			return fmt.Errorf("lock workspace %s: %w", workspace, err)
		}
		switch State(row.State) {
		case Running, Waking:
			return nil
		case Hibernating:
			return dbsql.New(tx).WantAwake(ctx, dbsql.WantAwakeParams{ID: workspace, Now: s.now()})
		case Hibernated:
			return s.wake(ctx, tx, by, row, why)
		default:
			return refuse(Conflict, "", "the workspace is %s; a request wakes it only when it is %s", row.State, Hibernated)
		}
	})
}

// SetWakeAt notes when something is due in a workspace that is being put to rest; nil: nothing is.
func (s *Store) SetWakeAt(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, at *time.Time) error {
	if err := dbsql.New(tx).SetWakeAt(ctx, dbsql.SetWakeAtParams{ID: workspace, WakeAt: at}); err != nil {
		return fmt.Errorf("note when something is due in workspace %s: %w", workspace, err)
	}
	return nil
}

// WakeDue wakes the workspaces in which something is due within seconds, or that are always on, and returns how many there were. Several may
// do so at once.
func (s *Store) WakeDue(ctx context.Context) (n int, err error) {
	due, err := dbsql.New(s.pool).DueWakes(ctx, s.now().Add(wakeAhead))
	if err != nil {
		return 0, fmt.Errorf("look for workspaces in which something is due: %w", err)
	}
	var failed error
	for _, d := range due {
		why := "something is due in it"
		if d.AlwaysOn {
			why = "it is always on"
		}
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			row, err := dbsql.New(tx).LockWorkspace(ctx, d.ID)
			if err != nil {
				return fmt.Errorf("lock workspace %s: %w", d.ID, err)
			}
			return s.wake(ctx, tx, System, row, why)
		})
		switch refusal := (*Refusal)(nil); {
		case errors.As(err, &refusal): // somebody came first
		case err != nil: // which keeps no other asleep
			failed = errors.Join(failed, fmt.Errorf("wake %s: %w", id.Show(id.Workspace, d.ID), err))
		default:
			n++
		}
	}
	return n, failed
}

// wake is no decision of a person: the trail says why it came.
func (s *Store) wake(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace, why string) error {
	_, err := s.pass(ctx, tx, by, row, WakeArgs{}, why, map[string]string{"why": why})
	return err
}

// afterRest is what else there is to do when a workspace has been put to rest, or woken; row is the workspace as it was before.
func (s *Store) afterRest(ctx context.Context, tx pgx.Tx, op Operation, row dbsql.Workspace, end Progress) error {
	q := dbsql.New(tx)
	switch {
	case op.Kind == KindHibernate && end == Succeeded && row.WakeWantedAt != nil:
		row.State = string(Hibernated)
		return s.wake(ctx, tx, AnEdge, row, "somebody came for it while it was put to rest")
	case op.Kind == KindWake && end == Succeeded:
		now := s.now()
		if err := q.NoteWoken(ctx, dbsql.NoteWokenParams{ID: row.ID, Took: now.Sub(op.CreatedAt).Milliseconds(), Now: now, Why: op.Reason}); err != nil {
			return fmt.Errorf("count a wake: %w", err)
		}
	case op.Kind == KindWake && (row.WakeAt != nil || row.AlwaysOn):
		if at := s.now().Add(wakePause); row.WakeAt == nil || at.After(*row.WakeAt) {
			return s.SetWakeAt(ctx, tx, row.ID, &at)
		}
	}
	return nil
}

// beforeStop is what a workspace was that is being stopped.
func beforeStop(row dbsql.Workspace) State {
	if row.HibernatedAt != nil {
		return Hibernated
	}
	return Running
}

func lastWake(ms *int64) time.Duration {
	if ms == nil {
		return 0
	}
	return time.Duration(*ms) * time.Millisecond
}
