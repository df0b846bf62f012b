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
//
// It also finds out by how much the clock leapt forward, and begins to doubt it. The caller says, when it is
// asked, how long ago it looked itself, by a clock that nobody can put; 0 is never.
func (s *Store) MendClock(ctx context.Context, ago func() time.Duration) (seen ClockSeen, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockClock(ctx)
		if err != nil {
			return fmt.Errorf("look at the clock: %w", err)
		}
		elapsed := ago()
		back := max(0, row.SeenAt.Sub(row.Now))
		if back < leastBack {
			back = 0
		}
		if seen.Mended, err = mendClock(ctx, tx, back); err != nil {
			return err
		}
		was := ClockDoubt{SeenAt: row.SeenAt, Doubt: seconds(row.DoubtSeconds), Steady: seconds(row.SteadySeconds), LeaptAt: row.LeaptAt}
		is, leapt := was.seen(row.Now, elapsed)
		seen.Leapt, seen.Doubt = leapt, is.Doubt
		return s.setClock(ctx, tx, was, is, leapt)
	})
	return seen, err
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
		{"trials of IP filters", func() (int64, error) {
			return q.MendIPFilterTrials(ctx, dbsql.MendIPFilterTrialsParams{Longest: longestTrial.Seconds(), Back: back.Seconds()})
		}},
		{"links of owners", func() (int64, error) { return q.MendBreakGlass(ctx, glassLinkLasts.Seconds()) }},
		{"hours of owners", func() (int64, error) { return q.MendIPFilterHours(ctx, hourLasts.Seconds()) }},
		{"domains", func() (int64, error) { return q.MendDomains(ctx) }},
		{"leases of edges", func() (int64, error) { return q.MendLeases(ctx) }},
		{"uses", func() (int64, error) { return q.MendIdle(ctx) }},
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
