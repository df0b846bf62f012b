package jobs

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// TestWhoRemindsFillsNoQueueThatNobodyWorks: the nudges are for a topic without a worker.
func TestWhoRemindsFillsNoQueueThatNobodyWorks(t *testing.T) {
	t.Parallel()
	d := setup(t, map[string]Handler{"topic": func(context.Context, uuid.UUID) error { return nil }})
	remind := func(topic string, id uuid.UUID) {
		d.must(pgx.BeginFunc(t.Context(), d.pool, func(tx pgx.Tx) error { return d.queue.Remind(t.Context(), tx, topic, id) }))
	}
	count := func() (n int) {
		d.must(d.pool.QueryRow(t.Context(), "select count(*) from river_job where queue = 'elsewhere'").Scan(&n))
		return n
	}
	one, other := uuid.New(), uuid.New()
	for range 3 {
		remind("elsewhere", one)
		remind("elsewhere", other)
	}
	if n := count(); n != 2 {
		t.Errorf("%d nudges wait for two things", n)
	}
	_, err := d.pool.Exec(t.Context(), "update river_job set state = 'completed', finalized_at = now() where queue = 'elsewhere'")
	d.must(err)
	if remind("elsewhere", one); count() != 3 {
		t.Errorf("%d nudges, though the first two were worked", count())
	}
}
