package jobs

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Nudge asks a worker to look at the thing with this id.
type Nudge struct {
	Topic string    `json:"topic"`
	ID    uuid.UUID `json:"id"`
}

// Kind implements river.JobArgs.
func (Nudge) Kind() string { return "nudge" }

// Queue enqueues nudges.
type Queue struct {
	client *river.Client[pgx.Tx]
}

// NewQueue returns a queue that can enqueue and not work.
func NewQueue(pool *pgxpool.Pool, log *slog.Logger) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger: quiet(log),
		// For so long after one nudge a client tells the workers of no other, and they find it when they next poll.
		FetchCooldown: time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

// Nudge enqueues in tx: workers that have a lane for the topic see it when tx commits. A topic whose work can fail for a while is tried again up to
// attempts times, with growing pauses.
func (q *Queue) Nudge(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID, attempts int) error {
	_, err := q.client.InsertTx(ctx, tx, Nudge{Topic: topic, ID: id}, &river.InsertOpts{Queue: topic, MaxAttempts: attempts})
	if err != nil {
		return fmt.Errorf("enqueue a nudge for %s %s: %w", topic, id, err)
	}
	return nil
}

//go:embed waits.sql
var waits string

// Remind enqueues a nudge, to be worked once, unless one waits already: who looks again and again fills no queue that nobody works. One that is
// taken at this moment counts as waiting, so that who reminds has to look again.
func (q *Queue) Remind(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID) error {
	var waiting bool
	if err := tx.QueryRow(ctx, waits, topic, id.String()).Scan(&waiting); err != nil {
		return fmt.Errorf("look whether a nudge for %s %s waits: %w", topic, id, err)
	}
	if waiting {
		return nil
	}
	return q.Nudge(ctx, tx, topic, id, 1)
}

// Migrate brings River's own tables up to date.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("prepare the job queue's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

// quiet keeps River's chatter out of the log: its nudges are none of an operator's business.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelAtLeast{log.Handler(), slog.LevelError})
}
