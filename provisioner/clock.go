package provisioner

import (
	"context"
	"time"
)

// mendEvery is how often the engine looks whether the clock was put back.
const mendEvery = 10 * time.Second

func (e *Engine) mendClock(ctx context.Context) error {
	n, err := e.store.MendClock(ctx)
	if err == nil && n > 0 {
		e.log.Warn("the clock was put back; what waited for it goes on", "rows", n)
	}
	return err
}
