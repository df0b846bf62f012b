package jobs

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	//go:embed mend_jobs.sql
	mendJobs string
	//go:embed mend_leader.sql
	mendLeader string
)

// MendClock lets jobs be tried, and River choose another leader, though the clock was put back.
func MendClock(ctx context.Context, tx pgx.Tx, back time.Duration) (mended int64, err error) {
	n, err := tx.Exec(ctx, mendLeader)
	if err != nil {
		return 0, fmt.Errorf("forget a leader of another time: %w", err)
	}
	mended = n.RowsAffected()
	if back == 0 {
		return mended, nil
	}
	if n, err = tx.Exec(ctx, mendJobs, back.Seconds()); err != nil {
		return 0, fmt.Errorf("mend when jobs are due: %w", err)
	}
	return mended + n.RowsAffected(), nil
}
