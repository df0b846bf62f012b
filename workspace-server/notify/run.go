package notify

import (
	"context"
	"sync"
	"time"
)

const (
	// What another instance took and never sent is found at the latest then; looking more often would keep a connection open.
	lookWithin = 10 * time.Minute
	again      = 10 * time.Second      // after a failure
	breath     = 20 * time.Millisecond // so that posts that come one after another are weighed together
)

// until is how long to wait for something that is due at a time; 0: nothing is.
func (c *Crier) until(next int64) time.Duration {
	if next == 0 {
		return lookWithin
	}
	return min(time.Duration(max(next-c.Now.Millis(), 1))*time.Millisecond, lookWithin)
}

// Run tells people what they are owed, until ctx ends. In between it waits, and needs no connection.
func (c *Crier) Run(ctx context.Context) {
	if !c.Pushes() && !c.Mail.Works() {
		return
	}
	var rounds sync.WaitGroup
	rounds.Go(func() { c.rounds(ctx, c.posted, "weigh notifications", c.weighAll) })
	if c.Mail.Works() {
		rounds.Go(func() { c.rounds(ctx, c.mailed, "write letters", c.WriteLetters) })
	}
	if c.Pushes() {
		rounds.Go(func() { c.rounds(ctx, c.owed, "send pushes", c.SendPushes) })
		rounds.Go(func() {
			c.rounds(ctx, c.seen, "tell what was read", func(ctx context.Context) (time.Duration, error) { return lookWithin, c.TellReadings(ctx) })
		})
	}
	rounds.Wait()
}

func (c *Crier) weighAll(ctx context.Context) (time.Duration, error) {
	for {
		more, err := c.Weigh(ctx)
		if err != nil || !more {
			return lookWithin, err
		}
	}
}

// rounds does something when it is due, and when the bell rings.
func (c *Crier) rounds(ctx context.Context, bell <-chan struct{}, what string, do func(context.Context) (time.Duration, error)) {
	for ctx.Err() == nil {
		wait, err := do(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.Error("notifications", "doing", what, "error", err)
			wait = again
		}
		rest(ctx, breath, nil)
		rest(ctx, wait, bell)
	}
}

// rest waits for so long, or until the bell rings.
func rest(ctx context.Context, wait time.Duration, bell <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-bell:
	case <-ctx.Done():
	}
}
