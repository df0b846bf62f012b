package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// tunnels are the open web sockets. net/http forgets a connection that it has given away, so draining, and cutting off
// a workspace, begin here.
type tunnels struct {
	mu          sync.Mutex
	closed      bool
	byWorkspace map[string]map[*tunnel]struct{}
	running     sync.WaitGroup
	open        int64
}

// tunnel is one web socket: the client's connection and the instance's.
type tunnel struct {
	workspaceID string
	front, back net.Conn
}

func newTunnels() *tunnels { return &tunnels{byWorkspace: map[string]map[*tunnel]struct{}{}} }

// add returns nil, and closes both, once the edge is draining.
func (ts *tunnels) add(workspaceID string, front, back net.Conn) *tunnel {
	t := &tunnel{workspaceID: workspaceID, front: front, back: back}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.closed {
		t.close()
		return nil
	}
	if ts.byWorkspace[workspaceID] == nil {
		ts.byWorkspace[workspaceID] = map[*tunnel]struct{}{}
	}
	ts.byWorkspace[workspaceID][t] = struct{}{}
	ts.open++
	ts.running.Add(1)
	return t
}

func (ts *tunnels) remove(t *tunnel) {
	t.close()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.byWorkspace[t.workspaceID], t)
	if len(ts.byWorkspace[t.workspaceID]) == 0 {
		delete(ts.byWorkspace, t.workspaceID)
	}
	ts.open--
	ts.running.Done()
}

func (ts *tunnels) count() int64 {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.open
}

func (ts *tunnels) closeWorkspace(id string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for t := range ts.byWorkspace[id] {
		t.close()
	}
}

// closeAll ends every web socket, now and from now on, and waits until they are gone.
func (ts *tunnels) closeAll() {
	ts.mu.Lock()
	ts.closed = true
	for _, ofWorkspace := range ts.byWorkspace {
		for t := range ofWorkspace {
			t.close()
		}
	}
	ts.mu.Unlock()
	ts.running.Wait()
}

func (t *tunnel) close() {
	_ = t.front.Close()
	_ = t.back.Close()
}

// run copies both ways until both are done, or one has been for lingerLimit, and returns how much the client got.
// fromBack holds what was read of the instance's connection beyond its answer.
func (t *tunnel) run(fromBack *bufio.Reader) (sent int64) {
	received := make(chan struct{})
	go func() {
		defer close(received)
		_, err := pump(t.back, t.front)
		t.endOf(t.back, err)
	}()
	early, _ := fromBack.Peek(fromBack.Buffered())
	n, err := t.front.Write(early)
	sent = int64(n)
	if err == nil {
		var more int64
		more, err = pump(t.front, t.back)
		sent += more
	}
	t.endOf(t.front, err)
	<-received
	return sent
}

// endOf tells dst that nothing more comes. After an orderly end dst has some time to finish what it says; anything
// else ends both directions.
func (t *tunnel) endOf(dst net.Conn, err error) {
	half, ok := dst.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		t.close()
		return
	}
	_ = dst.SetReadDeadline(time.Now().Add(lingerLimit)) // fails only when closed, which ends the reading too
}

// pump copies until src ends, which is no error. It reads no further than dst takes.
func pump(dst, src net.Conn) (int64, error) {
	var total int64
	buffer := make([]byte, tunnelBuffer)
	for {
		n, err := src.Read(buffer)
		if n > 0 {
			if deadline := dst.SetWriteDeadline(time.Now().Add(stallLimit)); deadline != nil {
				return total, deadline
			}
			written, stuck := dst.Write(buffer[:n])
			total += int64(written)
			if stuck != nil {
				return total, stuck
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded):
			return total, nil
		case err != nil:
			return total, err
		}
	}
}
