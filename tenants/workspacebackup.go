package tenants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// BackupCause is why a workspace is backed up.
type BackupCause string

// The causes of backups.
const (
	// BackupBySchedule: it is the workspace's time of the day.
	BackupBySchedule BackupCause = "schedule"
	// BackupByRequest: somebody asked for it.
	BackupByRequest BackupCause = "request"
)

// How many days a backup is kept.
const (
	BackupDays     = 30 // where nobody says
	BackupDaysMost = 366
)

const (
	backupLabelMost = 100 // characters
	// backupsMost is how many backups that somebody asked for a workspace may have at a time.
	backupsMost = 100
)

// backedUpWhile are the states in which a workspace has data that stays as its server left it.
var backedUpWhile = []State{Running, Stopping, Stopped, Starting, Hibernating, Hibernated, Waking, Deleting}

// WorkspaceBackup is a copy of a workspace's database and files, of one moment.
type WorkspaceBackup struct {
	ID        uuid.UUID
	Workspace uuid.UUID
	Operation uuid.UUID // that makes it
	Cause     BackupCause
	Label     string
	KeepDays  int
	Held      bool // it is kept whatever its time
	AskedAt   time.Time
	MadeAt    *time.Time // the moment that it is of; nil: it isn't there yet, or could not be made
	Making    bool
	ExpiredAt *time.Time // it is gone; nil: it isn't

	BackupFacts // where it is there
}

// BackupFacts are what is known of a backup that is there.
type BackupFacts struct {
	Took  time.Duration
	Bytes int64 // of what is in it
	Added int64 // bytes that had to be written for it
	Users int64
	Posts int64
	Files int64 // objects, also pictures and previews
}

// KeptUntil is when a backup's time is over; nil: there is no such time.
func (b WorkspaceBackup) KeptUntil() *time.Time {
	if b.MadeAt == nil || b.Held {
		return nil
	}
	until := keptUntil(*b.MadeAt, b.KeepDays)
	return &until
}

func keptUntil(made time.Time, days int) time.Time {
	return made.Add(time.Duration(days) * 24 * time.Hour)
}

// BackupWish asks for a backup.
type BackupWish struct {
	Label    string // what to call it; may be empty
	KeepDays int    // 0: as long as others
}

// BackUp has a workspace backed up, whatever it does meanwhile.
func (s *Store) BackUp(ctx context.Context, p Principal, workspace uuid.UUID, wish BackupWish) (op Operation, err error) {
	if wish.KeepDays == 0 {
		wish.KeepDays = BackupDays
	}
	if err := wish.check(); err != nil {
		return Operation{}, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var row dbsql.Workspace
		if op, row, err = s.backUp(ctx, tx, p.Name(), workspace, BackupByRequest, wish); err != nil {
			return err
		}
		if n, err := dbsql.New(tx).CountRequestedBackups(ctx, workspace); err != nil {
			return fmt.Errorf("count backups: %w", err)
		} else if n > backupsMost {
			return refuse(Conflict, "", "the workspace has %d backups that were asked for, and at most %d are allowed; ask again when one has expired, and have them kept for fewer days", n-1, backupsMost)
		}
		return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.back_up", Subject: id.Show(id.Workspace, workspace),
			Details: map[string]string{"operation": id.Show(id.Operation, op.ID), "label": wish.Label, "keep_days": fmt.Sprint(wish.KeepDays)}})
	})
	return op, err
}

func (w BackupWish) check() error {
	switch n := utf8.RuneCountInString(w.Label); {
	case w.KeepDays < 1 || w.KeepDays > BackupDaysMost:
		return refuse(Invalid, "keep_days", "keep_days is %d; allowed are 1 to %d, and 0 for %d", w.KeepDays, BackupDaysMost, BackupDays)
	case n > backupLabelMost:
		return refuse(Invalid, "label", "the label has %d characters; at most %d are allowed", n, backupLabelMost)
	case !utf8.ValidString(w.Label) || strings.ContainsFunc(w.Label, unicode.IsControl):
		return refuse(Invalid, "label", "the label has characters that can't be shown; allowed are letters, digits, punctuation and spaces")
	}
	return nil
}

func (s *Store) backUp(ctx context.Context, tx pgx.Tx, by string, workspace uuid.UUID, cause BackupCause, wish BackupWish) (op Operation, row dbsql.Workspace, err error) {
	q := dbsql.New(tx)
	if row, err = q.LockWorkspace(ctx, workspace); err != nil {
		return op, row, unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
	}
	if !slices.Contains(backedUpWhile, State(row.State)) {
		return op, row, refuse(Conflict, "", "the workspace is %s; it can be backed up when it is %s", row.State, list(backedUpWhile))
	}
	backup := s.newID()
	op, err = s.Request(ctx, tx, Request{Args: BackupArgs{Backup: backup}, Cell: row.CellID, Tenant: &row.TenantID, Workspace: &workspace, By: by, Reason: string(cause)})
	if err != nil {
		return op, row, err
	}
	err = q.AddBackup(ctx, dbsql.AddBackupParams{ID: backup, WorkspaceID: workspace, OperationID: op.ID, Cause: string(cause), Label: wish.Label,
		KeepDays: int32(wish.KeepDays), Now: s.now()})
	if err != nil {
		return op, row, fmt.Errorf("write a backup down: %w", err)
	}
	return op, row, nil
}

// Backups are those of a workspace, newest first. Those that are gone, or never came to be, are only in the whole list.
func (s *Store) Backups(ctx context.Context, workspace uuid.UUID, all bool, page Page) ([]WorkspaceBackup, error) {
	rows, err := dbsql.New(s.pool).ListBackups(ctx, dbsql.ListBackupsParams{WorkspaceID: workspace, Gone: all, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	list := make([]WorkspaceBackup, 0, len(rows))
	for _, r := range rows {
		list = append(list, backupOf(r.Backup, r.OperationState))
	}
	return list, nil
}

func backupOf(b dbsql.Backup, operation string) WorkspaceBackup {
	is := WorkspaceBackup{ID: b.ID, Workspace: b.WorkspaceID, Operation: b.OperationID, Cause: BackupCause(b.Cause), Label: b.Label, KeepDays: int(b.KeepDays),
		Held: b.Held, AskedAt: b.AskedAt, MadeAt: b.MadeAt, Making: !Progress(operation).Over(), ExpiredAt: b.ExpiredAt}
	if b.MadeAt != nil {
		is.BackupFacts = BackupFacts{Took: time.Duration(or0(b.TookMs)) * time.Millisecond, Bytes: or0(b.Bytes), Added: or0(b.Added),
			Users: or0(b.Users), Posts: or0(b.Posts), Files: or0(b.Files)}
	}
	return is
}

func or0(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// Made notes that the backup of an operation is there, of this moment.
func (s *Store) Made(ctx context.Context, tx pgx.Tx, op Operation, at time.Time, f BackupFacts) error {
	took := f.Took.Milliseconds()
	err := dbsql.New(tx).SetBackupMade(ctx, dbsql.SetBackupMadeParams{OperationID: op.ID, MadeAt: &at, TookMs: &took, Bytes: &f.Bytes, Added: &f.Added,
		Users: &f.Users, Posts: &f.Posts, Files: &f.Files})
	if err != nil {
		return fmt.Errorf("note a backup: %w", err)
	}
	return nil
}

// Unmade notes that the backup of an operation is not there.
func (s *Store) Unmade(ctx context.Context, tx pgx.Tx, op Operation) error {
	if err := dbsql.New(tx).SetBackupUnmade(ctx, op.ID); err != nil {
		return fmt.Errorf("note that a backup is not there: %w", err)
	}
	return nil
}

// forgetBackups of a workspace that is gone, and all of them with it.
func forgetBackups(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := q.ForgetBackups(ctx, workspace); err != nil {
		return fmt.Errorf("forget the backups of workspace %s: %w", workspace, err)
	}
	return nil
}

// PartOver is the end of an operation that had but a part of its workspace for itself, in the transaction in which it ends.
func (s *Store) PartOver(ctx context.Context, tx pgx.Tx, op Operation, end Progress) error {
	return s.recordEnd(ctx, tx, op, end)
}
