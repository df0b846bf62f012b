package maintenance

import (
	"context"
	"log/slog"
	"time"
)

// every runs round again and again until ctx ends. One that fails is logged, and the next one comes all the same.
func every(ctx context.Context, log *slog.Logger, pause time.Duration, name string, round func(context.Context) error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := round(ctx); err != nil && ctx.Err() == nil {
			log.Error("round failed", "round", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
