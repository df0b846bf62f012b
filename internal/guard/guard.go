// Package guard keeps a mistake in one piece of work from ending its process, and with it everybody else's. It hides
// nothing: what panicked becomes an error, and says where.
package guard

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Call does work, and returns a panic as an error with its stack.
func Call(work func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return work()
}

// Bell has a round begin before its time. Rings during a round are one more round.
type Bell chan struct{}

// NewBell returns a bell.
func NewBell() Bell { return make(Bell, 1) }

// Ring never waits.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Every runs round again and again until ctx ends. One that fails or panics is logged, and the next one comes all the same.
func Every(ctx context.Context, log *slog.Logger, pause time.Duration, name string, round func(context.Context) error) {
	EveryOr(ctx, log, pause, nil, name, round)
}

// EveryOr is Every with a bell.
func EveryOr(ctx context.Context, log *slog.Logger, pause time.Duration, bell Bell, name string, round func(context.Context) error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := Call(func() error { return round(ctx) })
		if ctx.Err() != nil { // also where the next round is due already
			return
		}
		if err != nil {
			log.Error("round failed", "round", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-bell:
		}
	}
}
