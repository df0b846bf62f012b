package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// Handler looks at one id. An error makes River try again later, as often as the nudge allows.
type Handler func(ctx context.Context, id uuid.UUID) error

// Lane is how the nudges of one topic are followed. Topics don't wait for each other.
type Lane struct {
	Handle   Handler
	Parallel int // how many at a time, at most
}

// patience is how long handlers that are running when Work shall end have before their context ends.
const patience = 20 * time.Second

// Work takes nudges, of each topic in a lane of its own, until ctx ends, and then waits for the handlers that are
// running. A handler is never cancelled for being slow: whoever works long holds a lease of his own.
func Work(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, lanes map[string]Lane) error {
	return work(ctx, pool, log, lanes, time.Second)
}

// work also looks for nudges each so often of which PostgreSQL did not tell it.
func work(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, lanes map[string]Lane, look time.Duration) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{lanes: lanes})
	queues := map[string]river.QueueConfig{}
	for topic, lane := range lanes {
		queues[topic] = river.QueueConfig{MaxWorkers: lane.Parallel}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:            quiet(log),
		Workers:           workers,
		Queues:            queues,
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: look,
		JobTimeout:        -1,
		ErrorHandler:      failures{log},

		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return fmt.Errorf("open the job queue: %w", err)
	}
	// River's own context must outlive ctx, so that handlers can end in their own way.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := client.Stop(stopping); err != nil {
		return client.StopAndCancel(context.WithoutCancel(ctx))
	}
	return nil
}

type worker struct {
	river.WorkerDefaults[Nudge]
	lanes map[string]Lane
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[Nudge]) error {
	return w.lanes[job.Args.Topic].Handle(ctx, job.Args.ID)
}

// failures writes down what handlers return: River keeps it in its table, where nobody looks.
type failures struct{ log *slog.Logger }

// HandleError implements river.ErrorHandler.
func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Error("nudge failed", "nudge", string(job.EncodedArgs), "attempt", job.Attempt, "attempts", job.MaxAttempts, "error", err)
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	f.log.Error("nudge panicked", "nudge", string(job.EncodedArgs), "attempt", job.Attempt, "panic", panicked, "stack", trace)
	return nil
}
