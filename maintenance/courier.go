package maintenance

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	courierEvery = 500 * time.Millisecond
	forgetEvery  = time.Hour
	forgetMost   = 1000
	// webhooksAtATime is how many webhooks one courier serves at once. One that is slow holds one of these places, and none
	// of the others'.
	webhooksAtATime = 256
	// inARow is how many deliveries a webhook gets before others that wait for a place have their turn.
	inARow = 50
)

// Courier brings events to webhooks: one message at a time to each of them, in order, and many webhooks at once. Several
// couriers may run.
type Courier struct {
	hooks  *tenants.Webhooks
	sender *Sender
	name   string
	log    *slog.Logger
	places chan struct{}
}

// NewCourier returns a courier that its leases call name.
func NewCourier(hooks *tenants.Webhooks, sender *Sender, name string, log *slog.Logger) *Courier {
	return &Courier{hooks: hooks, sender: sender, name: name, log: log, places: make(chan struct{}, webhooksAtATime)}
}

// Run works until ctx ends, and then waits for what it has under way.
func (c *Courier) Run(ctx context.Context) {
	var rounds sync.WaitGroup
	rounds.Go(func() { every(ctx, c.log, courierEvery, "write down what webhooks are told", c.spread) })
	rounds.Go(func() {
		var under sync.WaitGroup
		every(ctx, c.log, courierEvery, "deliver to webhooks", func(ctx context.Context) error { return c.deliver(ctx, &under) })
		under.Wait()
	})
	rounds.Go(func() { every(ctx, c.log, forgetEvery, "forget old deliveries", c.forget) })
	rounds.Wait()
}

func (c *Courier) spread(ctx context.Context) error {
	for {
		if n, err := c.hooks.Spread(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// deliver begins with as many webhooks as there are places for, and does not wait for their ends.
func (c *Courier) deliver(ctx context.Context, under *sync.WaitGroup) error {
	free := cap(c.places) - len(c.places)
	if free == 0 {
		return nil
	}
	claims, err := c.hooks.Claim(ctx, c.name, free)
	if err != nil {
		return err
	}
	for _, claim := range claims {
		c.places <- struct{}{} // only this loop takes places, so that there is one
		under.Go(func() {
			defer func() { <-c.places }()
			if err := c.serve(ctx, claim); err != nil && ctx.Err() == nil {
				c.log.Error("a webhook was left", "webhook", id.Show(id.Webhook, claim.Webhook), "error", err)
			}
		})
	}
	return nil
}

// serve brings a webhook what waits for it, until nothing does, it fails, or it is the turn of others.
func (c *Courier) serve(ctx context.Context, claim tenants.Claim) error {
	for range inARow {
		more, err := c.serveOnce(ctx, claim)
		if errors.Is(err, tenants.ErrLeaseLost) || err == nil && !more {
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, c.release(ctx, claim))
		}
	}
	return c.release(ctx, claim)
}

// serveOnce makes one attempt, or gives the claim back, when there is nothing to be done. What was begun may be acknowledged
// for a moment after ctx ended, so that it need not be sent again.
func (c *Courier) serveOnce(ctx context.Context, claim tenants.Claim) (more bool, err error) {
	parcel, err := c.hooks.Next(ctx, claim)
	if err != nil || parcel == nil {
		return false, err
	}
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	attempt := c.sender.Send(lasting, parcel)
	if lasting.Err() != nil { // we broke it off ourselves
		return true, nil
	}
	return true, c.hooks.Record(lasting, claim, parcel.Delivery, attempt)
}

// release gives back what did not end by itself.
func (c *Courier) release(ctx context.Context, claim tenants.Claim) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return c.hooks.Release(limited, claim)
}

func (c *Courier) forget(ctx context.Context) error {
	for {
		if n, err := c.hooks.Forget(ctx, forgetMost); err != nil || n < forgetMost {
			return err
		}
	}
}
