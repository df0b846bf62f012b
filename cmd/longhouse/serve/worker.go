package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/maintenance"
	"github.com/longhouse-dev/longhouse/provisioner"
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

// restFor is how long who takes over from a worker that died does nothing but what that one had in hand, and what is asked for then.
const restFor = 2 * time.Second

// work follows the cells, also while it stands by, so that it can take over at once.
func (c *control) work(ctx context.Context, name string) error {
	defer c.cells.close()
	engine := c.engine()
	c.cells.prepare, c.cells.tell = engine.Reconcile, c.store.NoteContact
	group, ctx := errgroup.WithContext(ctx)
	first := make(chan struct{})
	group.Go(func() error {
		c.cells.follow(ctx, first)
		return nil
	})
	group.Go(func() error {
		if c.share == provisioner.Suspects {
			return c.suspects(ctx, engine, first)
		}
		if c.waits.Load() {
			died, err := takeTurn(ctx, c.layout.WorkerLock(), name)
			if ctx.Err() != nil {
				return nil
			} else if err != nil {
				return err
			}
			if died {
				c.rounds.Rest(restFor)
			}
			c.log.Info("at work now", "role", "worker")
			c.awaitDatabase(ctx)
			c.waits.Store(false)
		}
		return c.lead(ctx, engine, first)
	})
	return group.Wait()
}

// awaitDatabase keeps who takes over from ending where the database has died together with the worker before it.
func (c *control) awaitDatabase(ctx context.Context) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for c.pool.Ping(ctx) != nil {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// lead does all that is done by one worker at a time where they take turns. Where two do it no harm comes of that.
func (c *control) lead(ctx context.Context, engine *provisioner.Engine, first <-chan struct{}) error {
	archive, err := c.archive(ctx)
	if err != nil {
		return err
	}
	times, err := tenants.ParseIdleTimes(c.settings.IdleAfter)
	if err != nil {
		return fmt.Errorf("read after how long workspaces hibernate: %w", err)
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
	beside(maintenance.Wakes{Store: c.store, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Trials{Store: c.store, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Backups{Store: c.store, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Hours{Store: c.store, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Idle{Store: c.store, Times: times, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Domains{Store: c.store, Names: c.names, Edge: handshake(c.settings), Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.Certificates{Store: c.store, Archive: archive, Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(maintenance.AccessLogs{Store: c.store, Logs: archive.AccessLog(), Days: c.settings.AccessLogKept(), Rounds: c.rounds, Log: c.log.With("role", "maintenance")}.Run)
	beside(courier.Run)
	group.Go(func() error { return c.build(ctx) })
	c.takeOver(ctx, engine, first)
	beside(func(ctx context.Context) { engine.Look(ctx, c.settings.Blanks, c.settings.Canaries.Duration) })
	group.Go(func() error {
		return jobs.Work(ctx, c.pool, c.log, map[string]jobs.Lane{
			// The handler's own context outlives ctx, so that nothing is cut off; the engine must see ctx end.
			tenants.TopicOperation:      {Handle: func(_ context.Context, op uuid.UUID) error { return engine.Work(ctx, op) }, Parallel: operationsAtATime},
			tenants.TopicConfirmation:   {Handle: c.confirm, Parallel: mailsAtATime},
			tenants.TopicWebhookWarning: {Handle: c.warn, Parallel: mailsAtATime},
			tenants.TopicDeletionMail:   {Handle: c.tellOfDeletion, Parallel: mailsAtATime},
			tenants.TopicIPFilterMail:   {Handle: c.tellOfIPFilter, Parallel: mailsAtATime},
			tenants.TopicBreakGlassWish: {Handle: c.answerGlass, Parallel: mailsAtATime},
			tenants.TopicBreakGlassLink: {Handle: c.mailGlassLink, Parallel: mailsAtATime},
			tenants.TopicBreakGlassCode: {Handle: c.mailGlassCode, Parallel: mailsAtATime},
			tenants.TopicDomainMail:     {Handle: c.tellOfDomain, Parallel: mailsAtATime},
		})
	})
	return group.Wait()
}

// suspects works operations that workers died with, one at a time unless they are slow, and does nothing else that would end with it.
func (c *control) suspects(ctx context.Context, engine *provisioner.Engine, first <-chan struct{}) error {
	defer engine.Settle()
	c.takeOver(ctx, engine, first)
	return jobs.Work(ctx, c.pool, c.log, map[string]jobs.Lane{
		tenants.TopicSuspect: {Handle: func(_ context.Context, op uuid.UUID) error { return engine.Work(ctx, op) }, Parallel: 1},
	})
}

// takeOver has what was interrupted go on at once where its cell answers at once; no cell waits for another that does not.
func (c *control) takeOver(ctx context.Context, engine *provisioner.Engine, first <-chan struct{}) {
	select {
	case <-first:
	case <-time.After(firstLook):
	case <-ctx.Done():
	}
	if err := engine.TakeOver(ctx); err != nil && ctx.Err() == nil {
		c.log.Error("what dead workers had in hand waits for the next sweep", "role", "worker", "error", err)
	}
}
