package notify

import (
	"context"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
)

// breath is how long posts, and what is read, are waited for that come one after another, to be done together.
const breath = 20 * time.Millisecond

// until is how long to wait for something that is due at a time; 0: nothing is.
func (c *Crier) until(next int64) time.Duration { return guard.Until(next, c.Now.Millis()) }

// Run tells people what they are owed, until ctx ends.
func (c *Crier) Run(ctx context.Context) {
	if !c.Pushes() && !c.Mail.Works() {
		return
	}
	var rounds sync.WaitGroup
	when := func(bell guard.Bell, name string, round func(context.Context) (time.Duration, error)) {
		rounds.Go(func() { guard.WhenDue(ctx, c.Log, bell, name, round) })
	}
	when(c.posted, "notifications", c.weighAll)
	if c.Mail.Works() {
		when(c.mailed, "letters", c.WriteLetters)
	}
	if c.Pushes() {
		when(c.owed, "pushes", c.SendPushes)
		when(c.seen, "readings", c.tellAll)
	}
	rounds.Wait()
}

func (c *Crier) weighAll(ctx context.Context) (time.Duration, error) {
	breathe(ctx)
	for {
		more, err := c.Weigh(ctx)
		if err != nil || !more {
			return c.until(0), err
		}
	}
}

func (c *Crier) tellAll(ctx context.Context) (time.Duration, error) {
	breathe(ctx)
	return c.until(0), c.TellReadings(ctx)
}

func breathe(ctx context.Context) {
	select {
	case <-time.After(breath):
	case <-ctx.Done():
	}
}
