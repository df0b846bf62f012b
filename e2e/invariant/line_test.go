package invariant

import (
	"io"
	"net"
	"sync"
	"testing"
)

// line is a way to the control plane that can be cut.
type line struct {
	url string

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]struct{}
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{url: "http://" + listener.Addr().String(), open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = listener.Close(); l.set(true) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			if far, err := net.Dial("tcp", to); err == nil && l.add(near, far) {
				go func() { _, _ = io.Copy(far, near); l.end(near, far) }()
				go func() { _, _ = io.Copy(near, far); l.end(near, far) }()
				continue
			}
			_ = near.Close()
		}
	}()
	return l
}

func (l *line) add(near, far net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		_ = far.Close()
		return false
	}
	l.open[near], l.open[far] = struct{}{}, struct{}{}
	return true
}

func (l *line) end(ends ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		_ = c.Close()
		delete(l.open, c)
	}
}

// set cuts the line, or mends it. Nothing that was open before goes on.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for c := range l.open {
		_ = c.Close()
	}
}
