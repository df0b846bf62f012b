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
	more    chan struct{} // has a value when something waits
}

func newAccessWriter(out io.Writer) *accessWriter {
	return &accessWriter{out: out, flush: accessFlush, most: accessMost, more: make(chan struct{}, 1)}
}

// Write implements io.Writer. It takes one line, and never an error: nobody could do anything about it.
func (a *accessWriter) Write(line []byte) (int, error) {
	a.mu.Lock()
	full := len(a.waiting)+len(line) > a.most
	if !full {
		a.waiting = append(a.waiting, line...)
	}
	a.mu.Unlock()
	if full {
		a.dropped.Add(1)
		return len(line), nil
	}
	select {
	case a.more <- struct{}{}:
	default:
	}
	return len(line), nil
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
	a.mu.Unlock()
	if len(lines) > 0 {
		_, _ = a.out.Write(lines) // a log that can't be written can't be told of either
	}
	return lines
}
