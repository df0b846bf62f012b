package store

import "context"

// PlanMode is how the connection plans that the pool gives next.
func (db *DB) PlanMode(ctx context.Context) (mode string, err error) {
	err = db.pool.QueryRow(ctx, "show plan_cache_mode").Scan(&mode)
	return mode, err
}
