package provisioner

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// expireSteps take away the backups whose time is over, and then what they alone held.
var expireSteps = []Step{
	{"forget", forgetExpired, nil},
	{"sweep", sweepBackups, nil},
}

func forgetExpired(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	gone, err := r.engine.store.Expired(ctx, *r.op.Workspace)
	if err != nil {
		return err
	}
	repo, err := r.repository(ctx, row)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	for _, backup := range gone {
		if err := repo.Forget(ctx, id.Show(id.Backup, backup)); err != nil {
			return fmt.Errorf("forget a backup: %w", err)
		}
	}
	return r.fenced(ctx, func(_ *dbsql.Queries, tx pgx.Tx) error { return r.engine.store.Gone(ctx, tx, r.op, gone) })
}

func sweepBackups(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	repo, err := r.repository(ctx, row)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	swept, err := repo.Sweep(ctx)
	if err != nil {
		return err
	}
	r.log.Info("swept backups", "packs", swept.Packs, "bytes", swept.Bytes, "moved", swept.Moved, "remain", swept.Remain)
	return nil
}
