package provisioner

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// The states of a storage.
const (
	storageMaking   = "making"   // being made
	storageBlank    = "blank"    // ready, not given away
	storageTaken    = "taken"    // a workspace's
	storageRemoving = "removing" // being removed
	// Kept for the operator: a workspace may have come to use it after the backup that was restored.
	storageQuarantined = "quarantined"
)

var storageStates = []string{storageMaking, storageBlank, storageTaken, storageRemoving, storageQuarantined}

// migrateSchema brings the database to the schema of its release, by the release's own `migrate`. A claimed blank has it
// already, unless it was made for an earlier release.
func migrateSchema(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return err
	}
	q := dbsql.New(r.engine.pool)
	wanted, err := q.WantedRelease(ctx, row.ID)
	if err != nil {
		return fmt.Errorf("read the release: %w", err)
	}
	if row.State != storageMaking && row.ReleaseID == wanted.ID {
		return r.midway(ctx)
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	// It ends with this worker, whose heir runs it again. The kernel takes the end of the thread that starts it for that.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	migrate := exec.CommandContext(ctx, wanted.Path, "migrate")
	migrate.Env = []string{"MM_SQLSETTINGS_DRIVERNAME=postgres", "MM_SQLSETTINGS_DATASOURCE=" + r.cell.dataSource(row, keys)}
	migrate.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if output, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate database %s: %w: %s", row.DatabaseName, err, lastLine(string(output)))
	}
	state := storageTaken
	if r.op.Workspace == nil {
		state = row.State
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		err := q.SetStorageState(ctx, dbsql.SetStorageStateParams{ID: row.ID, State: state, ReleaseID: wanted.ID})
		if err != nil {
			return fmt.Errorf("set the state of the storage: %w", err)
		}
		return nil
	})
}

// finishPrepare makes the storage a blank.
func finishPrepare(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error {
	if end != tenants.Succeeded {
		return nil
	}
	q := dbsql.New(tx)
	row, err := q.FindStorage(ctx, dbsql.FindStorageParams{OperationID: r.op.ID})
	if err != nil {
		return fmt.Errorf("read the storage: %w", err)
	}
	if err := q.SetStorageState(ctx, dbsql.SetStorageStateParams{ID: row.ID, State: storageBlank, ReleaseID: row.ReleaseID}); err != nil {
		return fmt.Errorf("make storage a blank: %w", err)
	}
	return nil
}

// unlessGone turns "there is no such row" into success, for steps that remove.
func unlessGone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}
