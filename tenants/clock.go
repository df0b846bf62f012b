package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// leastBack is by how much a clock has to be put back to be told from one that is set right by and by.
const leastBack = time.Second

// MendClock lets nothing wait until the database's clock is again where it was before it was put back, nor last so much longer, and
// returns how many rows were mended. Leases and dates that lie further ahead than anybody sets them are told by that alone;
// what may wait for long, by how much the clock shows less than when somebody looked last. What somebody chose by the calendar stays.
func (s *Store) MendClock(ctx context.Context) (mended int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		seconds, err := q.SeeClock(ctx)
		if err != nil {
			return fmt.Errorf("look at the clock: %w", err)
		}
		back := time.Duration(seconds * float64(time.Second))
		if back < leastBack {
			back = 0
		}
		mended, err = mendClock(ctx, tx, back)
		return err
	})
	return mended, err
}

func mendClock(ctx context.Context, tx pgx.Tx, back time.Duration) (mended int64, err error) {
	q := dbsql.New(tx)
	for _, m := range []struct {
		what string
		mend func() (int64, error)
	}{
		{"operations", func() (int64, error) { return q.MendOperations(ctx, back.Seconds()) }},
		{"webhooks", func() (int64, error) { return q.MendWebhooks(ctx, back.Seconds()) }},
		{"runs on cells", func() (int64, error) { return q.MendCellRuns(ctx, back.Seconds()) }},
		{"sessions", func() (int64, error) { return q.MendSessions(ctx, sessionLength.Seconds()) }},
		{"confirmations", func() (int64, error) { return q.MendConfirmations(ctx, confirmationLength.Seconds()) }},
		{"held slugs", func() (int64, error) { return q.MendSlugs(ctx, slugHold.Seconds()) }},
		{"samples", func() (int64, error) { return q.MendSamples(ctx) }},
		{"jobs", func() (int64, error) { return jobs.MendClock(ctx, tx, back) }},
	} {
		n, err := m.mend()
		if err != nil {
			return 0, fmt.Errorf("mend the times of %s: %w", m.what, err)
		}
		mended += n
	}
	return mended, nil
}
