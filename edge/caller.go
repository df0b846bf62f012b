package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

const (
	// maxCallerStreams are the requests that one connection has in progress at a time, as over HTTP/2. One whose client has reset it counts
	// until its handler has ended, which is resetPause later.
	maxCallerStreams = 128
	// maxUnproven is how many handshakes may be in progress before a client has to show that it is where its packets say.
	maxUnproven = 64
)

var (
	errLeaving = errors.New("the edge is leaving")
	errNoRoom  = errors.New("there is no room")
)

// caller is a client's connection over QUIC. It is that of the address at which it began, and ends when it moves to another one: who may be
// there, and how much it may have, was decided for that address.
type caller struct {
	front  *http3Front
	client netip.Addr
	hop    bool
	shaken bool // the handshake is over; the front's

	mu    sync.Mutex
	conn  *quic.Conn // nil in the handshake
	moved bool
	asked bool      // for anything yet
	busy  int       // requests in progress
	since time.Time // when that changed last
}

type callerKey struct{}

// doubts asks a client to show that it is where its packets say (Retry, RFC 9000 section 8.1.2) when many handshakes are in progress. Up to
// then they are so few that made-up addresses take no part of anybody's places that counts.
func (f *http3Front) doubts(net.Addr) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shaking >= min(maxUnproven, f.crowd.total/20)
}

// enter gives a connection its place before its handshake begins, until ctx ends.
func (f *http3Front) enter(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	if f.leaving.Load() {
		return nil, errLeaving
	}
	c := &caller{front: f, client: clientAddress(info.RemoteAddr.String())}
	c.hop = f.crowd.hops.include(c.client)
	if !f.crowd.let(c.client, c.hop).onward {
		f.crowd.turnedAway.Add(1)
		return nil, errNoRoom
	}
	f.mu.Lock()
	f.callers[c] = struct{}{}
	f.shaking++
	f.mu.Unlock()
	context.AfterFunc(ctx, func() { f.forget(c) })
	return context.WithValue(ctx, callerKey{}, c), nil
}

func (f *http3Front) forget(c *caller) {
	f.crowd.vacate(c.client, c.hop)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.callers, c)
	f.shaken(c)
}

// shaken is for a handshake that is over, with the front locked.
func (f *http3Front) shaken(c *caller) {
	if !c.shaken {
		c.shaken = true
		f.shaking--
	}
}

// know is for a connection whose handshake came to a good end.
func (f *http3Front) know(ctx context.Context, conn *quic.Conn) context.Context {
	c := callerOf(ctx)
	f.mu.Lock()
	f.shaken(c)
	f.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.since = conn, time.Now()
	// Who serves by net/http has this in its context, and the reverse proxy ends an answer that its instance breaks off badly only there.
	return context.WithValue(ctx, http.ServerContextKey, f)
}

func callerOf(ctx context.Context) *caller { return ctx.Value(callerKey{}).(*caller) }

// all are the connections that there are now.
func (f *http3Front) all() []*caller {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*caller, 0, len(f.callers))
	for c := range f.callers {
		all = append(all, c)
	}
	return all
}

// count tells of connections for the metrics.
func (f *http3Front) count() int {
	if f == nil {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.callers)
}

// hangUp closes all connections, whatever they are in the middle of, and lets in who comes anew.
func (f *http3Front) hangUp() {
	if f == nil {
		return
	}
	for _, c := range f.all() {
		c.close("")
	}
}

// look ends connections that have moved, and those that nobody uses, until ctx ends.
func (f *http3Front) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, c := range f.all() {
				if !c.strayed() && c.unused(time.Now()) {
					c.close("")
				}
			}
		}
	}
}

func (c *caller) close(why string) {
	c.mu.Lock()
	conn := c.conn
	c.mu.Unlock()
	if conn != nil {
		_ = conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), why) // fails on one that is closed
	}
}

// strayed ends a connection that has moved to another address, and reports whether it did. Another port is nothing: routers change it.
func (c *caller) strayed() bool {
	c.mu.Lock()
	conn := c.conn
	c.mu.Unlock()
	if conn == nil || addressOf(conn.RemoteAddr()) == c.client {
		return false
	}
	c.mu.Lock()
	first := !c.moved
	c.moved = true
	c.mu.Unlock()
	if first {
		c.front.moved.Add(1)
	}
	c.close("another address needs another connection")
	return true
}

func addressOf(a net.Addr) netip.Addr {
	if udp, ok := a.(*net.UDPAddr); ok {
		return udp.AddrPort().Addr().Unmap()
	}
	return clientAddress(a.String())
}

// unused reports whether a connection has been without a request for longer than it may.
func (c *caller) unused(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, limit := c.since, c.front.idle
	if told := c.front.told.Load(); told != nil {
		limit = settleTime
		if told.After(since) {
			since = *told
		}
	} else if !c.asked {
		limit = c.front.header
	}
	return c.conn != nil && c.busy == 0 && now.Sub(since) > limit
}

// begin is for a request that has come, until done is called.
func (c *caller) begin() (done func()) {
	c.change(1)
	return func() { c.change(-1) }
}

func (c *caller) change(busy int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = true
	c.busy += busy
	c.since = time.Now()
}
