package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// partsEnd is how long an attempt waits until nothing goes on any more with a part of the workspace: what does is cancelled already, and
// sees that when its lease is renewed.
const partsEnd = time.Minute

// seeThatPartsAreOver waits until nobody reads or writes what is about to be removed.
func seeThatPartsAreOver(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	end := time.After(partsEnd)
	for {
		goOn, err := dbsql.New(r.engine.pool).PartsGoOn(ctx, r.op.Workspace)
		if err != nil {
			return fmt.Errorf("look what goes on with parts of the workspace: %w", err)
		}
		if !goOn {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return errors.New("an operation on a part of the workspace, as on its backups, is not over yet, though it was cancelled")
		case <-tick.C:
		}
	}
}

// countAndDropBackups notes how much there was, for the certificate, before it is gone. What encrypted it is gone already.
func countAndDropBackups(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	backups := r.cell.backups(row)
	there := usage{}
	for object, err := range backups.List(ctx, "") {
		if err != nil {
			return fmt.Errorf("count what is left of backups: %w", err)
		}
		there.objects, there.bytes = there.objects+1, there.bytes+object.Size
	}
	err = r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		return q.NoteRemoval(ctx, dbsql.NoteRemovalParams{WorkspaceID: *r.op.Workspace, Kind: "backups", Name: backups.folder(), Objects: &there.objects, Bytes: &there.bytes})
	})
	if err != nil {
		return fmt.Errorf("note how much there was of backups: %w", err)
	}
	return dropBackups(ctx, r)
}

// dropBackups removes all objects of all backups of a storage.
func dropBackups(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	backups := r.cell.backups(row)
	for object, err := range backups.List(ctx, "") {
		if err != nil {
			return fmt.Errorf("list what is left of backups: %w", err)
		}
		if err := backups.Delete(ctx, object.Name); err != nil {
			return fmt.Errorf("remove %s of backups: %w", object.Name, err)
		}
	}
	return nil
}
