package provisioner

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// mendEvery is how often the engine looks for times from before the clock was put back.
const mendEvery = 10 * time.Second

// mendClock frees operations that would wait until the database's clock is again where it was before it was put back: a
// lease is at most ten minutes long, so that one that ends later was written by another clock.
func (e *Engine) mendClock(ctx context.Context) error {
	n, err := dbsql.New(e.pool).MendClock(ctx)
	if err != nil {
		return fmt.Errorf("look for times ahead of the clock: %w", err)
	}
	if n > 0 {
		e.log.Warn("the clock was put back; operations that waited for it go on", "operations", n)
	}
	return nil
}
