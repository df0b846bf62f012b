package outbound

import (
	"context"
	"time"
)

// turns bound how many do something at a time.
type turns chan struct{}

// take waits for a turn, but not for longer than within.
func (t turns) take(ctx context.Context, within time.Duration) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	enough := time.NewTimer(within)
	defer enough.Stop()
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-enough.C:
		return errBusy
	}
}

func (t turns) giveBack() { <-t }
