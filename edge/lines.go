package edge

import (
	"context"
	"net"
	"sync"
	"time"
)

// line is a connection to an instance that carries one request at a time.
type line struct {
	net.Conn
	used  bool // it has carried a request
	freed time.Time
}

// lines are the connections to one instance that wait for the next request. The one that was freed last is taken first,
// so that those too many grow old.
type lines struct {
	mu      sync.Mutex
	free    []*line
	retired bool
	sweeper *time.Timer // nil: none is free
}

// take returns a line that waits, or nil.
func (l *lines) take() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return nil
	}
	c := l.free[last]
	l.free[last], l.free = nil, l.free[:last]
	return c
}

// give keeps a line for the next request, or closes it.
func (l *lines) give(c *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.retired || len(l.free) == idlePerUpstream {
		_ = c.Close()
		return
	}
	c.used, c.freed = true, time.Now()
	l.free = append(l.free, c)
	if l.sweeper == nil {
		l.sweeper = time.AfterFunc(idleUpstreamLimit, l.sweep)
	}
}

// sweep closes what nobody has needed for long.
func (l *lines) sweep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := 0
	for old < len(l.free) && time.Since(l.free[old].freed) >= idleUpstreamLimit {
		_ = l.free[old].Close()
		old++
	}
	l.free = append(l.free[:0], l.free[old:]...)
	l.sweeper = nil
	if len(l.free) > 0 {
		l.sweeper = time.AfterFunc(idleUpstreamLimit-time.Since(l.free[0].freed), l.sweep)
	}
}

// retire closes those that wait, and those in use when they become free.
func (l *lines) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = true
	for _, c := range l.free {
		_ = c.Close()
	}
	l.free = nil
	if l.sweeper != nil {
		l.sweeper.Stop()
		l.sweeper = nil
	}
}

// open returns a line that waits, or a new one. One over which something came unasked, or that was closed, is given up: what
// belongs to no request would be taken for the next one's answer.
func (u *upstream) open(ctx context.Context) (*line, error) {
	for c := u.lines.take(); c != nil; c = u.lines.take() {
		if still(c.Conn) {
			return c, nil
		}
		_ = c.Close()
	}
	conn, err := u.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn}, nil
}
