package edge

import (
	"context"
	"math/rand/v2"
	"net"
	"time"
)

const (
	// serviceRestart tells a client to come back (IANA's registry of close codes).
	serviceRestart = 1012
	restartReason  = "restarting"
	// farewellSpread is how long an edge that drains takes to send its web sockets away, so that they don't come back
	// all at once.
	farewellSpread = 6 * time.Second
)

// sendAway asks every web socket to come back, one after another over the time given, lets no new one in, and returns
// when all have gone or ctx ends.
func (ts *tunnels) sendAway(ctx context.Context, over time.Duration) {
	leaving := ts.close()
	rand.Shuffle(len(leaving), func(i, j int) { leaving[i], leaving[j] = leaving[j], leaving[i] })
	began := time.Now()
	for i, t := range leaving {
		if !sleepUntil(ctx, began.Add(over*time.Duration(i)/time.Duration(len(leaving)))) {
			return
		}
		go t.sendAway() // a client that takes nothing would hold up the others
	}
	gone := make(chan struct{})
	go func() {
		ts.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

// close lets no web socket in from now on and returns those that are open.
func (ts *tunnels) close() (open []*tunnel) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.closed = true
	for _, ofWorkspace := range ts.byWorkspace {
		for t := range ofWorkspace {
			open = append(open, t)
		}
	}
	return open
}

func (ts *tunnels) draining() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.closed
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// tell writes what the instance says to the client, and a close frame at the first border of a frame once the web socket
// is to be left. What the instance says after that nobody hears.
func (t *tunnel) tell(p []byte) (int64, error) {
	t.telling.Lock()
	defer t.telling.Unlock()
	if t.left {
		return 0, nil
	}
	n := t.frames.advance(p, t.leaving)
	written, err := push(t.front, p[:n])
	if err == nil && t.leaving {
		t.leave()
	}
	return written, err
}

// sendAway is for a web socket whose instance stays: the client's answer to the close frame reaches it.
func (t *tunnel) sendAway() {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.leaving = true
	t.leave()
}

// leave says the last word if this is the place for it.
func (t *tunnel) leave() {
	switch {
	case t.frames.lost:
		t.hangUp()
	case t.frames.border() && !t.left:
		t.left = true
		if _, err := push(t.front, closing(serviceRestart, restartReason)); err != nil {
			t.hangUp()
			return
		}
		_ = t.front.SetReadDeadline(time.Now().Add(t.linger)) // for the client's own close frame
	}
}

// hangUp closes both connections.
func (t *tunnel) hangUp() {
	for _, c := range []net.Conn{t.front, t.back} {
		_ = c.Close()
	}
}
