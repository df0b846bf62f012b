package controlplane

import "context"

// places bound how much is done at a time of what takes much.
type places chan struct{}

// logPlaces is how many segments of the access log are taken in at a time, how many pages of it are read, and how many exports are made. Each takes
// some 50 MB of memory at the most.
const logPlaces = 4

// enter waits for one. The function gives it back.
func (p places) enter(ctx context.Context) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
