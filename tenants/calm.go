package tenants

import (
	"runtime/debug"
	"time"
)

// hashes gives the memory of passwords' hashes back once none was made for a moment. Each leaves 64 MiB of garbage, and a process
// that has nothing else to do collects garbage only every two minutes.
var hashes = newCalm(2*time.Second, debug.FreeOSMemory)

// calm does something whenever it was not disturbed for so long after it was.
type calm struct {
	after time.Duration
	timer *time.Timer
}

func newCalm(after time.Duration, do func()) *calm {
	c := &calm{after: after, timer: time.AfterFunc(after, do)}
	c.timer.Stop()
	return c
}

func (c *calm) disturb() { c.timer.Reset(c.after) }
