package edge

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// accessFlush is how old a line of the access log may grow before it is written.
	accessFlush = 200 * time.Millisecond
	// accessMost is how many bytes of lines may wait. A reader of the log that doesn't read costs lines, and no request.
	accessMost = 4 << 20
)

// accessWriter writes the lines of the access log together, so that a request neither pays for a write of its own nor
// waits for one. What a kill -9 costs is what was said within accessFlush.
type accessWriter struct {
	out     io.Writer
	flush   time.Duration
	most    int
	dropped atomic.Int64 // lines

	mu      sync.Mutex
	waiting []byte
	since   time.Time     // when the first of these was said
	writing time.Time     // the same of those that are being written; zero: none are
	more    chan struct{} // has a value when something waits
}

func newAccessWriter(out io.Writer) *accessWriter {
	return &accessWriter{out: out, flush: accessFlush, most: accessMost, more: make(chan struct{}, 1)}
}

// take takes one line, in two pieces. When it was said is no later than now.
func (a *accessWriter) take(said time.Time, head, rest []byte) {
	a.mu.Lock()
	full := len(a.waiting)+len(head)+len(rest) > a.most
	if !full {
		if len(a.waiting) == 0 {
			a.since = said
		}
		a.waiting = append(append(a.waiting, head...), rest...)
	}
	a.mu.Unlock()
	if full {
		a.dropped.Add(1)
		return
	}
	select {
	case a.more <- struct{}{}:
	default:
	}
}

// oldest is when the first line was said that is not written yet; zero: all are.
func (a *accessWriter) oldest() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.writing.IsZero() || len(a.waiting) == 0 {
		return a.writing
	}
	return a.since
}

// run writes what waits until ctx ends, and then the rest.
func (a *accessWriter) run(ctx context.Context) {
	var spare []byte
	for {
		select {
		case <-ctx.Done():
			a.writeOut(spare)
			return
		case <-a.more:
		}
		select { // for company
		case <-ctx.Done():
		case <-time.After(a.flush):
		}
		spare = a.writeOut(spare)
	}
}

// writeOut writes what waits, and returns its memory for the next time.
func (a *accessWriter) writeOut(spare []byte) []byte {
	a.mu.Lock()
	lines := a.waiting
	a.waiting = spare[:0]
	if len(lines) > 0 {
		a.writing = a.since
	}
	a.mu.Unlock()
	if len(lines) > 0 {
		_, _ = a.out.Write(lines) // a log that can't be written can't be told of either
		a.mu.Lock()
		a.writing = time.Time{}
		a.mu.Unlock()
	}
	return lines
}
