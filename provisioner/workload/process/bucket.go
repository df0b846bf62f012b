package process

import (
	"context"
	"sync"
	"time"
)

// bucket bounds how often something is done: at once as often as it holds, and then so often a second.
type bucket struct {
	holds  float64
	second float64
	now    func() time.Time

	mu   sync.Mutex
	left float64
	at   time.Time
}

func newBucket(holds int, second float64, now func() time.Time) *bucket {
	return &bucket{holds: float64(holds), second: second, now: now, left: float64(holds), at: now()}
}

// take waits for its turn, or for the end of ctx.
func (b *bucket) take(ctx context.Context) error {
	for {
		wait := b.try()
		if wait == 0 {
			return nil
		}
		pause(ctx, nil, wait)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// try takes one, or says how long to wait before the next try.
func (b *bucket) try() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.left = min(b.holds, b.left+b.second*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < 1 {
		return max(time.Millisecond, time.Duration((1-b.left)/b.second*float64(time.Second)))
	}
	b.left--
	return 0
}

// giveBack is for what came to nothing.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.holds, b.left+1)
}
