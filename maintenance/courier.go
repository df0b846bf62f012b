package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	courierEvery = 500 * time.Millisecond
	forgetEvery  = time.Hour
	forgetMost   = 1000
	// quickAtATime and slowAtATime are how many webhooks one courier serves at once. Those whose last attempt was slow have
	// places of their own, so that however many they are, the others don't wait for them.
	quickAtATime = 192
	slowAtATime  = 64
)

// The rounds without which webhooks hear nothing.
const (
	// RoundSpread writes down what webhooks are told.
	RoundSpread = "write down what webhooks are told"
	// RoundDeliver takes webhooks that something waits for.
	RoundDeliver = "deliver to webhooks"
)

// Courier brings events to webhooks: one message at a time to each of them, in order, and many webhooks at once. Several
// couriers may run.
type Courier struct {
	hooks       *tenants.Webhooks
	rounds      *rounds.Rounds
	log         *slog.Logger
	every       time.Duration
	sealed      guard.Bell
	quick, slow *lane
}

// NewCourier returns a courier that its leases call name.
func NewCourier(hooks *tenants.Webhooks, sender *Sender, name string, rounds *rounds.Rounds, log *slog.Logger) *Courier {
	of := func(slow bool, places int) *lane {
		return &lane{hooks: hooks, sender: sender, name: name, log: log, slow: slow, places: make(chan struct{}, places), written: guard.NewBell()}
	}
	return &Courier{hooks: hooks, rounds: rounds, log: log, every: courierEvery, sealed: guard.NewBell(), quick: of(false, quickAtATime), slow: of(true, slowAtATime)}
}

// Sealed is to be rung when events got their places, so that they go out at once. What was not rung for goes out all the same.
func (c *Courier) Sealed() guard.Bell { return c.sealed }

// Run works until ctx ends, and then waits for what it has under way.
func (c *Courier) Run(ctx context.Context) {
	if err := c.hooks.FreeOf(ctx, proc.Dead); err != nil && ctx.Err() == nil {
		c.log.Error("what dead couriers had in hand waits for the end of their leases", "error", err)
	}
	var going, under sync.WaitGroup
	going.Go(func() { c.rounds.EveryOr(ctx, c.log, c.every, c.sealed, RoundSpread, c.spread) })
	for name, l := range map[string]*lane{RoundDeliver: c.quick, "deliver to slow webhooks": c.slow} {
		going.Go(func() {
			c.rounds.EveryOr(ctx, c.log, c.every, l.written, name, func(ctx context.Context) error { return l.deliver(ctx, &under) })
		})
	}
	going.Go(func() { c.rounds.Every(ctx, c.log, forgetEvery, "forget old deliveries", c.forget) })
	going.Wait()
	under.Wait()
}

func (c *Courier) spread(ctx context.Context) error {
	for {
		n, err := c.hooks.Spread(ctx)
		if err != nil || n == 0 {
			return err
		}
		c.quick.written.Ring()
		c.slow.written.Ring()
	}
}

func (c *Courier) forget(ctx context.Context) error {
	for {
		if n, err := c.hooks.Forget(ctx, forgetMost); err != nil || n < forgetMost {
			return err
		}
	}
}
