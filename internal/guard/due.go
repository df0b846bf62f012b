package guard

import (
	"context"
	"log/slog"
	"time"
)

const (
	// What another process took and never did is found at the latest then; looking more often would keep a connection open for nobody.
	lookWithin = 10 * time.Minute
	again      = 10 * time.Second // after a failure
)

// Until is how long to wait, at a time, for what is due at another, both in ms since 1970; due 0: nothing is. It is as long as WhenDue waits at most.
func Until(due, now int64) time.Duration {
	if due == 0 {
		return lookWithin
	}
	return min(time.Duration(max(due-now, 1))*time.Millisecond, lookWithin)
}

// WhenDue runs round again and again until ctx ends: after as long as the round before has answered that nothing will be due, after ten seconds where it failed or
// panicked, which is logged, and whenever the bell rings. In between it needs no connection.
func WhenDue(ctx context.Context, log *slog.Logger, bell Bell, name string, round func(context.Context) (time.Duration, error)) {
	for ctx.Err() == nil {
		wait := again
		err := Call(func() (err error) {
			next, err := round(ctx)
			if err == nil {
				wait = next
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			log.Error("round failed", "round", name, "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-bell:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}
