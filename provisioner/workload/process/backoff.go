package process

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 30 * time.Second
	steadyAfter  = time.Minute // of running: the next end counts as the first
)

// backoff is the wait after so many ends in a row (1 or more): doubling, and spread over its upper half, so that
// instances that fell together don't all come back together.
func backoff(ends int) time.Duration {
	d := backoffMost
	if ends < 10 { // beyond that the doubling is over the limit anyway
		d = min(backoffFirst<<(ends-1), backoffMost)
	}
	return d/2 + rand.N(d/2+1)
}
