package serve

import (
	"context"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/maintenance"
	"github.com/longhouse-dev/longhouse/tenants"
)

// What a worker does at a time. An operation mostly waits for a part of its cell, so that a place costs little; how many
// of them a tenant or a kind may have is decided where they are admitted.
const (
	operationsAtATime = 64
	mailsAtATime      = 4
)

// firstLook is how long a worker waits for its first look at the cells before it begins.
const firstLook = time.Second

func (c *control) work(ctx context.Context) error {
	defer c.cells.close()
	engine := c.engine()
	c.cells.prepare = engine.Reconcile
	archive, err := c.archive(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	beside := func(run func(context.Context)) {
		group.Go(func() error {
			run(ctx)
			return nil
		})
	}
	courier := maintenance.NewCourier(c.store.Webhooks(c.sealing, c.networks), maintenance.NewSender(c.networks, c.metrics), workerName(), c.rounds, c.log.With("role", "courier"))
	beside(maintenance.Auditor{Store: c.store, Key: c.auditKey, Archive: archive, Sealed: courier.Sealed(), Rounds: c.rounds, Log: c.log.With("role", "auditor")}.Run)
	beside(maintenance.Deletions{Store: c.store, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(courier.Run)
	first := make(chan struct{})
	beside(func(ctx context.Context) { c.cells.follow(ctx, first) })
	group.Go(func() error { return c.build(ctx) })
	// What was interrupted goes on at once where its cell answers at once; no cell waits for another that does not.
	select {
	case <-first:
	case <-time.After(firstLook):
	case <-ctx.Done():
	}
	beside(func(ctx context.Context) { engine.Look(ctx, c.settings.Blanks, c.settings.Canaries.Duration) })
	group.Go(func() error {
		return jobs.Work(ctx, c.pool, c.log, map[string]jobs.Lane{
			// The handler's own context outlives ctx, so that nothing is cut off; the engine must see ctx end.
			tenants.TopicOperation:      {Handle: func(_ context.Context, op uuid.UUID) error { return engine.Work(ctx, op) }, Parallel: operationsAtATime},
			tenants.TopicConfirmation:   {Handle: c.confirm, Parallel: mailsAtATime},
			tenants.TopicWebhookWarning: {Handle: c.warn, Parallel: mailsAtATime},
		})
	})
	return group.Wait()
}
