package edge

import "sync/atomic"

const (
	// maxWaitingAtOne bounds the requests to one workspace that wait at a time, so that eight that are in trouble take all places.
	maxWaitingAtOne = maxWaiting / 8
	// maxReplays is how often a request that an instance may have seen is sent again.
	maxReplays = 2
	// replayCost and replaySavings make replays at most a tenth of a workspace's requests, after a burst of 50.
	replayCost    = 10
	replaySavings = 50 * replayCost
)

// budget is what one workspace has for trying again: an instance that crashes all the time uses up no other's. The
// workspace's routes hand it on.
type budget struct {
	waiting atomic.Int64
	spent   atomic.Int64 // of replaySavings
}

// earn counts a request that was sent for the first time.
func (b *budget) earn() {
	if spent := b.spent.Load(); spent > 0 {
		b.spent.CompareAndSwap(spent, spent-1) // a saving lost to a race is a replay fewer
	}
}

func (b *budget) spend() bool {
	if b.spent.Add(replayCost) <= replaySavings {
		return true
	}
	b.spent.Add(-replayCost)
	return false
}
