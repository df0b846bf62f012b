package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// brokenOff is what is said of operations that nobody may finish after a restore.
const brokenOff = "the control plane was restored from a backup; what this had made is kept for the operator"

// Restored tells the domain that its database is now that of an earlier time, before anybody works on it. Everybody has
// to sign in again, edges need all routes, and storage that was not in use at that time, but may have been since, is
// kept aside: a blank that was given to a workspace after the backup holds that workspace's data. The audit trail's key signs which
// checkpoints are lost.
func (s *Store) Restored(ctx context.Context, backup time.Time, key ed25519.PrivateKey) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := s.noteRestore(ctx, q, backup, key); err != nil {
			return err
		}
		for what, do := range map[string]func(context.Context) error{
			"begin a history of routes": func(ctx context.Context) error { return q.NewRouteHistory(ctx, uuid.New()) },
			"forget sessions":           func(ctx context.Context) error { _, err := q.ForgetAllSessions(ctx); return err },
			"forget confirmations":      q.ForgetAllConfirmations, "forget idempotency keys": q.ForgetAllIdempotencyKeys,
			"skip user ids": q.SkipUIDs, "free leases": q.FreeLeases,
			"close resting instances":    func(ctx context.Context) error { return q.CloseRestingInstances(ctx, s.now()) },
			"have the cells compared":    func(ctx context.Context) error { return q.BeginReconciliations(ctx, s.now()) },
			"begin to look at the clock": func(ctx context.Context) error { return q.BeginClock(ctx) },
			"doubt domains":              func(ctx context.Context) error { return q.DoubtDomains(ctx, s.now()) },
			"postpone deletions":         func(ctx context.Context) error { return s.postponeDeletions(ctx, tx) },
		} {
			if err := do(ctx); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
		kept, err := s.keepAside(ctx, tx)
		if err != nil {
			return err
		}
		err = s.record(ctx, tx, Event{Actor: System, Action: "controlplane.restore", Subject: "controlplane",
			Details: map[string]string{"backup_at": backup.UTC().Format(time.RFC3339), "storages_kept_aside": strconv.FormatInt(kept, 10)}})
		if err != nil {
			return err
		}
		return sealAnew(ctx, q)
	})
}

// noteRestore writes a restore down, and which checkpoint the backup had last.
func (s *Store) noteRestore(ctx context.Context, q *dbsql.Queries, backup time.Time, key ed25519.PrivateKey) error {
	restore := s.newID()
	if err := q.AddRestore(ctx, dbsql.AddRestoreParams{ID: restore, Now: s.now(), BackupAt: backup}); err != nil {
		return fmt.Errorf("write the restore down: %w", err)
	}
	last, err := q.LastCheckpoint(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read the last checkpoint: %w", err)
	}
	note := audit.Restore{At: s.now(), Backup: backup.UTC(), Number: last.Number}
	if last.Number > 0 {
		note.Sum = audit.Signed{Document: last.Document}.Sum()
	}
	signed, err := note.Sign(key)
	if err != nil {
		return err
	}
	if err := q.NoteRestore(ctx, dbsql.NoteRestoreParams{ID: restore, Document: signed.Document, Signature: signed.Signature}); err != nil {
		return fmt.Errorf("note which checkpoints are lost: %w", err)
	}
	return nil
}

// sealAnew has the sealer's passes begin now, and lists whatever is not sealed. It comes last in its transaction: a snapshot may tell
// of the events that its own transaction wrote as if they were committed before.
func sealAnew(ctx context.Context, q *dbsql.Queries) error {
	if err := q.BeginAuditPasses(ctx); err != nil {
		return fmt.Errorf("begin the passes of the sealer: %w", err)
	}
	if err := q.ListUnsealed(ctx); err != nil {
		return fmt.Errorf("list events that are not sealed: %w", err)
	}
	return nil
}

// postponeDeletions gives another week, as somebody may have taken a deletion back after the backup, and tells visitors.
func (s *Store) postponeDeletions(ctx context.Context, tx pgx.Tx) error {
	postponed, err := dbsql.New(tx).PostponeDeletions(ctx, s.now().Add(grace))
	if err != nil {
		return err
	}
	for _, ws := range postponed {
		if !ws.Told {
			continue
		}
		if err := s.AnnounceDeletion(ctx, tx, ws.ID); err != nil {
			return err
		}
	}
	return nil
}

// keepAside breaks off what was being made, and keeps away from everybody what it may have become.
func (s *Store) keepAside(ctx context.Context, tx pgx.Tx) (storages int64, err error) {
	q := dbsql.New(tx)
	making, err := q.BreakOffMaking(ctx, dbsql.BreakOffMakingParams{Now: s.now(), Message: brokenOff})
	if err != nil {
		return 0, fmt.Errorf("break off what was being made: %w", err)
	}
	workspaces := []uuid.UUID{}
	for _, ws := range making {
		if ws == nil {
			continue
		}
		workspaces = append(workspaces, *ws)
		if err := s.bury(ctx, tx, *ws); err != nil {
			return 0, err
		}
	}
	if storages, err = q.QuarantineStorages(ctx, workspaces); err != nil {
		return 0, fmt.Errorf("keep storages aside: %w", err)
	}
	err = q.RemoveInstanceRows(ctx, dbsql.RemoveInstanceRowsParams{Now: s.now(), Workspaces: workspaces})
	if err != nil {
		return 0, fmt.Errorf("close instances: %w", err)
	}
	return storages, nil
}

// Lost corrects the state of a workspace whose database is gone: it was deleted after the backup that was restored. Where the archive has
// its certificate, or the backup knows of the wish, the removal goes on to its end, however far it had come, and is certified; with that
// certificate, if there is one.
func (s *Store) Lost(ctx context.Context, workspace uuid.UUID, why, signed string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		finished, err := s.finishRemoval(ctx, tx, workspace, why, signed)
		if err != nil || finished {
			return err
		}
		return s.lost(ctx, tx, System, workspace, why)
	})
}

func (s *Store) lost(ctx context.Context, tx pgx.Tx, actor string, workspace uuid.UUID, why string) error {
	q := dbsql.New(tx)
	if err := q.BreakOffOperations(ctx, dbsql.BreakOffOperationsParams{WorkspaceID: &workspace, Now: s.now(), Message: why}); err != nil {
		return fmt.Errorf("break operations off: %w", err)
	}
	err := q.RemoveInstanceRows(ctx, dbsql.RemoveInstanceRowsParams{Now: s.now(), Workspaces: []uuid.UUID{workspace}})
	if err != nil {
		return fmt.Errorf("close instances: %w", err)
	}
	details := map[string]string{"why": why}
	switch kept, err := q.KeepStorageAside(ctx, &workspace); {
	case err == nil:
		details["storage_kept_aside"] = id.Show(id.Storage, kept)
	case !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("keep the storage aside: %w", err)
	}
	ws, err := q.GetWorkspace(ctx, workspace)
	if err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	if err := s.bury(ctx, tx, workspace); err != nil {
		return err
	}
	return s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: actor, Action: "workspace.lost",
		Subject: id.Show(id.Workspace, workspace), Details: details})
}

// Revive starts an instance for a workspace whose own is gone: it was stopped or replaced after the backup that was
// restored.
func (s *Store) Revive(ctx context.Context, workspace uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockWorkspace(ctx, workspace)
		if err != nil {
			return fmt.Errorf("lock workspace %s: %w", workspace, err)
		}
		if State(row.State) != Running {
			return nil
		}
		err = q.RemoveInstanceRows(ctx, dbsql.RemoveInstanceRowsParams{Now: s.now(), Workspaces: []uuid.UUID{workspace}})
		if err != nil {
			return fmt.Errorf("close instances: %w", err)
		}
		err = q.SetWorkspaceState(ctx, dbsql.SetWorkspaceStateParams{ID: workspace, State: string(Starting), Now: s.now()})
		if err != nil {
			return fmt.Errorf("set the state of workspace %s: %w", workspace, err)
		}
		const why = "its instance is not there any more after the restore of the control plane"
		_, err = s.Request(ctx, tx, Request{Args: StartArgs{}, Cell: row.CellID, Tenant: &row.TenantID, Workspace: &workspace, By: System, Reason: why})
		if err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: System, Action: "workspace.revive",
			Subject: id.Show(id.Workspace, workspace), Details: map[string]string{"why": why}})
	})
}

// bury leaves only the row and the held slug of a workspace. The edges forget it.
func (s *Store) bury(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) error {
	q := dbsql.New(tx)
	err := q.SetWorkspaceState(ctx, dbsql.SetWorkspaceStateParams{ID: workspace, State: string(Deleted), Now: s.now()})
	if err != nil {
		return fmt.Errorf("set the state of workspace %s: %w", workspace, err)
	}
	held := s.now().Add(slugHold)
	if err := q.HoldSlugs(ctx, dbsql.HoldSlugsParams{WorkspaceID: workspace, HeldUntil: held}); err != nil {
		return fmt.Errorf("hold slugs: %w", err)
	}
	if err := forgetIPFilters(ctx, q, workspace); err != nil {
		return err
	}
	if err := forgetDomains(ctx, q, workspace); err != nil {
		return err
	}
	routed, err := q.HasRoute(ctx, workspace)
	if err != nil || !routed {
		return err
	}
	return s.SetRoute(ctx, tx, Route{Workspace: workspace, State: Gone})
}

// RouteHistory names the history that route versions count: after a restore it is another one.
func (s *Store) RouteHistory(ctx context.Context) (string, error) {
	history, err := dbsql.New(s.pool).RouteHistory(ctx)
	if err != nil {
		return "", fmt.Errorf("read the history of routes: %w", err)
	}
	return history, nil
}
