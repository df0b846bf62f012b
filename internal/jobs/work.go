package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/google/uuid"
)

// Handler looks at one id. An error makes River try again later, as often as the nudge allows.
type Handler func(ctx context.Context, id uuid.UUID) error

// Work takes nudges, at most parallel at a time, until ctx ends, and then waits for the handlers that are running. A
// handler is never cancelled for being slow: whoever works long holds a lease of his own.
func Work(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, parallel int, handlers map[string]Handler) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{handlers: handlers})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:            quiet(log),
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: parallel}},
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: time.Second,
		JobTimeout:        -1,

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
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := client.Stop(stopping); err != nil {
		return client.StopAndCancel(context.WithoutCancel(ctx))
	}
	return nil
}

type worker struct {
	river.WorkerDefaults[Nudge]
	handlers map[string]Handler
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[Nudge]) error {
	handle, ok := w.handlers[job.Args.Topic]
	if !ok {
		return river.JobCancel(fmt.Errorf("no handler for topic %q", job.Args.Topic))
	}
	return handle(ctx, job.Args.ID)
}
