package realtime

import (
	"runtime"
	"sync"
)

// crew writes to the sockets that have something waiting: a few goroutines, and none while nothing is. An event for a thousand clients costs
// them a thousand writes, and no goroutine, timer or buffer for each.
type crew struct {
	mu    sync.Mutex
	ready []*socket
	hands int
}

// mostHands is how many write at a time: writing to a client that takes it never waits, so more than a half of the processors would only take
// them from others.
var mostHands = max(1, runtime.NumCPU()/2)

// batch is how many sockets a hand takes at a time.
const batch = 32

func (c *crew) add(s *socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ready = append(c.ready, s)
	if c.hands < mostHands {
		c.hands++
		go c.work()
	}
}

func (c *crew) work() {
	var buf []byte
	mine := make([]*socket, 0, batch)
	for {
		if mine = c.next(mine[:0]); len(mine) == 0 {
			return
		}
		for _, s := range mine {
			if buf = s.write(buf); cap(buf) > keepBuffers {
				buf = nil
			}
		}
	}
}

// next takes the sockets that have waited longest. Where none waits, a hand goes.
func (c *crew) next(mine []*socket) []*socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.ready), batch)
	mine = append(mine, c.ready[:n]...)
	if c.ready = c.ready[n:]; n == 0 {
		c.ready = nil
		c.hands--
	}
	return mine
}
