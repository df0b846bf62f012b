package edge

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// lingerLimit is how long one direction of a web socket may go on after the other has ended.
const lingerLimit = 10 * time.Second

// tunnels are the open web sockets. net/http forgets a connection that it has given away, so draining, and cutting off
// a workspace, begin here.
type tunnels struct {
	mu          sync.Mutex
	closed      bool
	byWorkspace map[string]map[*tunnel]struct{}
	running     sync.WaitGroup
	open        int64
	linger      time.Duration // how long one direction may go on after the other has ended
}

// tunnel is one web socket: the client's connection and the instance's.
type tunnel struct {
	workspaceID string
	front, back net.Conn
	linger      time.Duration

	telling sync.Mutex // guards what is written to front, and what follows
	frames  frames
	leaving bool // a close frame is due
	left    bool // it was sent
}

func newTunnels() *tunnels {
	return &tunnels{byWorkspace: map[string]map[*tunnel]struct{}{}, linger: lingerLimit}
}

// add returns nil, and closes both, once the edge is draining.
func (ts *tunnels) add(workspaceID string, front, back net.Conn) *tunnel {
	t := &tunnel{workspaceID: workspaceID, front: front, back: back, linger: ts.linger}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.closed {
		t.hangUp()
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
	t.hangUp()
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
		t.hangUp()
	}
}

// closeAll ends every web socket, now and from now on, and waits until they are gone.
func (ts *tunnels) closeAll() {
	for _, t := range ts.close() {
		t.hangUp()
	}
	ts.running.Wait()
}

// run copies both ways until both directions are done, or one has been for the linger time, and returns how much the
// client got. The readers hold what was read of the connections so far, which may be more than the handshake.
func (t *tunnel) run(fromFront, fromBack *bufio.Reader) (sent int64) {
	received := make(chan struct{})
	go func() {
		defer close(received)
		t.carry(t.back, t.front, fromFront, func(p []byte) (int64, error) { return push(t.back, p) })
	}()
	sent = t.carry(t.front, t.back, fromBack, t.tell)
	<-received
	return sent
}

// carry moves what is buffered of src, and then what src sends, to dst until either is done with it. Then dst is told
// that nothing more comes, and has some time to finish what it says itself: a peer that no longer listens may well have
// said why, and that must still arrive.
func (t *tunnel) carry(dst, src net.Conn, buffered *bufio.Reader, write func([]byte) (int64, error)) int64 {
	early, _ := buffered.Peek(buffered.Buffered())
	total, err := write(early)
	if err == nil {
		total += pump(src, write)
	}
	if half, ok := dst.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // fails when dst is gone, which it may be
	}
	_ = dst.SetReadDeadline(time.Now().Add(t.linger))
	return total
}

// pump copies until src has no more or write takes no more. It reads no further than write takes.
func pump(src net.Conn, write func([]byte) (int64, error)) (total int64) {
	buffer := make([]byte, tunnelBuffer)
	for {
		n, ended := src.Read(buffer)
		written, stuck := write(buffer[:n])
		total += written
		if ended != nil || stuck != nil {
			return total
		}
	}
}

func push(dst net.Conn, p []byte) (int64, error) {
	if len(p) == 0 { // a write of nothing still fails on a closed connection
		return 0, nil
	}
	if err := dst.SetWriteDeadline(time.Now().Add(stallLimit)); err != nil {
		return 0, err
	}
	n, err := dst.Write(p)
	return int64(n), err
}
