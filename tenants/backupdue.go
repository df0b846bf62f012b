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

// backupsAtOnce is how many backups are asked for in a round: more would only wait.
const backupsAtOnce = 200

// BackUpDue asks for the backups whose time of the day has come, which is each workspace's own, and returns how many there were. Several may do so at once.
func (s *Store) BackUpDue(ctx context.Context) (n int, err error) {
	due, err := dbsql.New(s.pool).DueBackups(ctx, dbsql.DueBackupsParams{Now: s.now(), Canaries: CanaryTenant, Most: backupsAtOnce})
	if err != nil {
		return 0, fmt.Errorf("look for workspaces that are due for a backup: %w", err)
	}
	return s.forEach(due, "back up", func(workspace uuid.UUID) error {
		return s.inTx(ctx, func(tx pgx.Tx) error {
			_, _, err := s.backUp(ctx, tx, System, workspace, BackupBySchedule, BackupWish{KeepDays: BackupDays})
			return err
		})
	})
}

// ExpireDue asks for the end of backups whose time has certainly come, and returns in how many workspaces. Several may do so at once.
func (s *Store) ExpireDue(ctx context.Context) (n int, err error) {
	certain, err := s.Certain(ctx)
	if err != nil {
		return 0, err
	}
	due, err := dbsql.New(s.pool).DueExpiries(ctx, dbsql.DueExpiriesParams{Now: certain, Most: backupsAtOnce})
	if err != nil {
		return 0, fmt.Errorf("look for backups whose time is over: %w", err)
	}
	return s.forEach(due, "expire backups of", func(workspace uuid.UUID) error {
		return s.inTx(ctx, func(tx pgx.Tx) error { return s.expire(ctx, tx, workspace) })
	})
}

// expire refuses where the workspace is being removed by now: nobody would break this off any more, and all backups go anyway.
func (s *Store) expire(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) error {
	row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
	if err != nil {
		return fmt.Errorf("lock workspace %s: %w", workspace, err)
	}
	if !slices.Contains(backedUpWhile, State(row.State)) {
		return refuse(Conflict, "", "the workspace is %s; its backups expire when it is %s", row.State, list(backedUpWhile))
	}
	_, err = s.Request(ctx, tx, Request{Args: ExpireArgs{}, Cell: row.CellID, Tenant: &row.TenantID, Workspace: &workspace, By: System, Reason: "their time is over"})
	return err
}

// forEach does something about each workspace. A refusal means that somebody came first; what fails keeps no other back.
func (s *Store) forEach(workspaces []uuid.UUID, what string, do func(uuid.UUID) error) (n int, failed error) {
	for _, ws := range workspaces {
		err := do(ws)
		switch refusal := (*Refusal)(nil); {
		case errors.As(err, &refusal):
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("%s %s: %w", what, id.Show(id.Workspace, ws), err))
		default:
			n++
		}
	}
	return n, failed
}

// Expired are the backups of a workspace whose time has certainly come. The newest is none of them.
func (s *Store) Expired(ctx context.Context, workspace uuid.UUID) ([]uuid.UUID, error) {
	certain, err := s.Certain(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := dbsql.New(s.pool).KeptBackups(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the backups of workspace %s: %w", workspace, err)
	}
	return expired(kept, certain), nil
}

// expired decides which of the backups, newest first, have to go.
func expired(kept []dbsql.KeptBackupsRow, now time.Time) (gone []uuid.UUID) {
	for i, b := range kept {
		if i > 0 && !b.Held && !keptUntil(b.MadeAt, int(b.KeepDays)).After(now) {
			gone = append(gone, b.ID)
		}
	}
	return gone
}

// Gone notes that backups are gone.
func (s *Store) Gone(ctx context.Context, tx pgx.Tx, op Operation, backups []uuid.UUID) error {
	for _, b := range backups {
		n, err := dbsql.New(tx).SetBackupGone(ctx, dbsql.SetBackupGoneParams{ID: b, Now: s.now()})
		if err != nil {
			return fmt.Errorf("note that backup %s is gone: %w", b, err)
		}
		if n == 0 {
			continue
		}
		err = s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "workspace.expire_backup", Subject: id.Show(id.Workspace, *op.Workspace),
			Details: map[string]string{"backup": id.Show(id.Backup, b), "operation": id.Show(id.Operation, op.ID)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// breakOffParts has what goes on with parts of a workspace taken back, since all of it goes.
func (s *Store) breakOffParts(ctx context.Context, tx pgx.Tx, by string, workspace uuid.UUID, why string) error {
	q := dbsql.New(tx)
	open, err := q.LockParts(ctx, &workspace)
	if err != nil {
		return fmt.Errorf("look what goes on with parts of the workspace: %w", err)
	}
	for _, op := range open {
		if err := q.CancelOperation(ctx, dbsql.CancelOperationParams{ID: op, By: by, Reason: why, Message: "cancelled, as the workspace goes"}); err != nil {
			return fmt.Errorf("cancel operation %s: %w", op, err)
		}
		if err := s.queue.Nudge(ctx, tx, TopicOperation, op, 1); err != nil {
			return fmt.Errorf("tell the workers: %w", err)
		}
	}
	return nil
}
