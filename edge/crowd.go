package edge

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// maxPerClient is what a large office behind one address needs, at about four connections a person.
	maxPerClient = 2000
	// maxClients is an upper bound where the limit of open files doesn't set a lower one.
	maxClients = 100_000
	// spareFiles are those that are not a client's connection or its instance's.
	spareFiles = 256
	// maxTurningAway bounds the connections that are being told that there is no room.
	maxTurningAway = 64
)

const noRoomText = "Too many connections. Try again in a few seconds.\n"

// noRoom is said to who is one too many, without waiting for what they ask.
var noRoom = fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"+
	"Content-Length: %d\r\nRetry-After: 5\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s", len(noRoomText), noRoomText)

// crowd is a listener that lets in so many connections in all, and so many of one client.
type crowd struct {
	net.Listener
	*shares
	hops       *trustedHops
	turnedAway atomic.Int64
	turning    chan struct{}

	joining sync.Mutex
	members map[*member]struct{}
}

func newCrowd(l net.Listener, hops *trustedHops) *crowd {
	return &crowd{Listener: newIntroducing(l, hops), shares: newShares(maxConnections(), maxPerClient), hops: hops, turning: make(chan struct{}, maxTurningAway), members: map[*member]struct{}{}}
}

// beside returns another listener, whose connections take the places of the same crowd.
func (c *crowd) beside(l net.Listener) *crowd {
	return &crowd{Listener: newIntroducing(l, c.hops), shares: c.shares, hops: c.hops, turning: make(chan struct{}, maxTurningAway), members: map[*member]struct{}{}}
}

// maxConnections leaves each client's connection a second file for its instance's.
func maxConnections() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur <= 2*spareFiles {
		return spareFiles
	}
	return int(min((files.Cur-spareFiles)/2, maxClients))
}

// Accept implements net.Listener.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client := clientAddress(conn.RemoteAddr().String())
		hop := c.hops.include(client)
		if !c.let(client, hop).onward {
			c.turn(conn)
			continue
		}
		m := &member{Conn: newBrisk(conn), crowd: c, client: client, hop: hop}
		c.joining.Lock()
		c.members[m] = struct{}{}
		c.joining.Unlock()
		return m, nil
	}
}

// let gives a connection its place. Over those of a hop everybody may speak, so that only the room there is bounds them.
func (c *crowd) let(client netip.Addr, hop bool) decision {
	if hop {
		return c.enterForAll()
	}
	return c.enter(client)
}

// hangUp closes the connections of all clients, whatever they are in the middle of, and lets in who comes anew.
func (c *crowd) hangUp() {
	c.joining.Lock()
	all := slices.Collect(maps.Keys(c.members))
	c.joining.Unlock()
	for _, m := range all {
		_ = m.Close()
	}
}

// vacate is for a connection that has its place by let.
func (c *crowd) vacate(client netip.Addr, hop bool) {
	if hop {
		c.leaveForAll()
	} else {
		c.leave(client)
	}
}

func (c *crowd) forget(m *member) {
	c.vacate(m.client, m.hop)
	c.joining.Lock()
	defer c.joining.Unlock()
	delete(c.members, m)
}

// turn tells a client that there is no room, as long as few are told at a time.
func (c *crowd) turn(conn net.Conn) {
	c.turnedAway.Add(1)
	select {
	case c.turning <- struct{}{}:
	default:
		_ = conn.Close()
		return
	}
	go func() {
		defer func() { <-c.turning }()
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write(noRoom)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
			_, _ = conn.Read(make([]byte, 4096)) // a close with something unread would take the answer back
		}
		_ = conn.Close()
	}()
}

// member is a connection that was let in.
type member struct {
	net.Conn
	crowd  *crowd
	client netip.Addr
	hop    bool
	left   sync.Once
}

// Close implements net.Conn.
func (m *member) Close() error {
	m.left.Do(func() { m.crowd.forget(m) })
	return m.Conn.Close()
}

// CloseWrite tells the client that nothing more comes.
func (m *member) CloseWrite() error {
	half, ok := m.Conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("end one direction of %s: %w", m.RemoteAddr(), errors.ErrUnsupported)
	}
	return half.CloseWrite()
}
