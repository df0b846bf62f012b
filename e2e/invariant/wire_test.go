package invariant

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire is a way to the control plane that can be cut.
type wire struct {
	url string

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]struct{}
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: "http://" + listener.Addr().String(), open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = listener.Close(); w.set(true) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			if far, err := net.Dial("tcp", to); err == nil && w.add(near, far) {
				go func() { _, _ = io.Copy(far, near); w.end(near, far) }()
				go func() { _, _ = io.Copy(near, far); w.end(near, far) }()
				continue
			}
			_ = near.Close()
		}
	}()
	return w
}

func (w *wire) add(near, far net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		_ = far.Close()
		return false
	}
	w.open[near], w.open[far] = struct{}{}, struct{}{}
	return true
}

func (w *wire) end(ends ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range ends {
		_ = c.Close()
		delete(w.open, c)
	}
}

// set cuts the wire, or mends it. Nothing that was open before goes on.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for c := range w.open {
		_ = c.Close()
	}
}
