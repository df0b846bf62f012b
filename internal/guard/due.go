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
	// turnWithin is how long a first round waits for those of others at most: one that hangs must hold up none.
	turnWithin = time.Second
)

// firstTurn is had by one first round at a time. All begin with the process; at once each would open a connection of its own, which a
// process that rests again soon never needs, and of which many that are started together have too few.
var firstTurn = make(chan struct{}, 1)

// inTurn does work when no other has the turn, or after a while all the same.
func inTurn(ctx context.Context, turn chan struct{}, work func()) {
	timer := time.NewTimer(turnWithin)
	defer timer.Stop()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	work()
}

// Until is how long to wait, at a time, for what is due at another, both in ms since 1970; due 0: nothing is. It is as long as WhenDue waits at most.
func Until(due, now int64) time.Duration {
	if due == 0 {
		return lookWithin
	}
	return min(time.Duration(max(due-now, 1))*time.Millisecond, lookWithin)
}

// WhenDue runs round again and again until ctx ends: after as long as the round before has answered that nothing will be due, after ten seconds where it failed or
// panicked, which is logged, and whenever the bell rings. In between it needs no connection. The first rounds of a process take turns.
func WhenDue(ctx context.Context, log *slog.Logger, bell Bell, name string, round func(context.Context) (time.Duration, error)) {
	wait := again
	do := func() {
		wait = again
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
	}
	for inTurn(ctx, firstTurn, do); ctx.Err() == nil; do() {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-bell:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}
