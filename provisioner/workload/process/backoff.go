package process

import (
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
)

// restarts are the pauses of an instance that ends again and again.
var restarts = backoff.Doubling{First: 100 * time.Millisecond, Most: 30 * time.Second}

// steadyAfter is how long an instance has to run for its next end to count as the first.
const steadyAfter = time.Minute
