package tenants

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// backupMade is the event that LastBackup looks for.
const backupMade = "controlplane.backup"

// Backup is an attempt to copy the control plane into a file.
type Backup struct {
	File    string
	At      time.Time // the moment that it is of; zero where it failed before there was one
	Bytes   int64
	Readers []string // public keys that open it, or how else it is opened
	Failure error
}

// BackedUp writes an attempt into the operator's audit trail: a file that opens the control plane exists from then on, or the one
// that should doesn't.
func (s *Store) BackedUp(ctx context.Context, b Backup) error {
	e := Event{Actor: System, Action: backupMade, Subject: "controlplane",
		Details: map[string]string{"file": filepath.Base(b.File), "readers": strings.Join(b.Readers, " ")}}
	if b.Failure != nil {
		e.Action, e.Details["failure"] = "controlplane.backup_fail", b.Failure.Error()
	} else {
		e.Details["backup_at"], e.Details["bytes"] = b.At.UTC().Format(time.RFC3339), strconv.FormatInt(b.Bytes, 10)
	}
	return s.inTx(ctx, func(tx pgx.Tx) error { return s.record(ctx, tx, e) })
}

// DiscardedReplaced writes into the operator's audit trail that what a restore had replaced is being removed for good.
func (s *Store) DiscardedReplaced(ctx context.Context, folder, reason string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return s.record(ctx, tx, Event{Actor: System, Action: "controlplane.discard", Subject: "controlplane", Details: map[string]string{"folder": folder, "reason": reason}})
	})
}

// LastBackup is when the control plane was last backed up; zero is never.
func (s *Store) LastBackup(ctx context.Context) (time.Time, error) {
	at, err := dbsql.New(s.pool).LastEvent(ctx, backupMade)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the control plane was last backed up: %w", err)
	}
	return at.Time, nil // zero where it is infinite, which nobody writes
}
