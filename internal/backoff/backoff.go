// Package backoff says how long to leave alone what has failed. It never waits itself.
package backoff

import (
	"math/rand/v2"
	"time"
)

// Doubling is a pause that doubles from First up to Most.
type Doubling struct{ First, Most time.Duration }

// doublings is more than any pause needs, and few enough for no overflow.
const doublings = 20

// After is the pause after so many failures in a row, less up to half of it by chance, so that what failed together does
// not come back together.
func (d Doubling) After(failures int) time.Duration {
	full := min(d.Most, d.First<<min(max(0, failures-1), doublings))
	return full - time.Duration(rand.Int64N(int64(full/2)))
}
