package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Client is the program's side.
type Client struct {
	listener *net.UnixListener

	mu      sync.Mutex
	line    *net.UnixConn // nil while there is no broker
	last    uint64
	waiting map[uint64]*call
}

// call is a dial that has no answer yet.
type call struct {
	packet []byte
	answer chan answered // takes one without a reader
}

type answered struct {
	conn net.Conn
	err  error
}

// NewClient takes the broker's calls at the listener until that is closed.
func NewClient(listener *net.UnixListener) *Client {
	c := &Client{listener: listener, waiting: map[uint64]*call{}}
	go c.accept()
	return c
}

// DialContext is that of a net.Dialer: it may be called at any time. While there is no broker it waits for the next one,
// which is asked again.
func (c *Client) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: place{network, address}, Err: err}
	}
	return conn, nil
}

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if len(network)+len(address) > longestAddress {
		return nil, fmt.Errorf("the address is longer than %d bytes: %w", longestAddress, syscall.EINVAL)
	}
	ctx, cancel := context.WithTimeout(ctx, Within)
	defer cancel()
	id, asked, line := c.enter(network, address)
	if line != nil {
		write(line, asked.packet)
	}
	select {
	case a := <-asked.answer:
		return a.conn, a.err
	case <-ctx.Done():
		c.forget(id, asked)
		return nil, ctx.Err()
	}
}

// enter makes a call known before it is sent: whoever replaces the line meanwhile sends it again.
func (c *Client) enter(network, address string) (uint64, *call, *net.UnixConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	asked := &call{packet: encode(request{ID: c.last, Network: network, Address: address}), answer: make(chan answered, 1)}
	c.waiting[c.last] = asked
	return c.last, asked, c.line
}

// forget gives a call up. An answer that came at the same moment is taken back.
func (c *Client) forget(id uint64, asked *call) {
	c.mu.Lock()
	delete(c.waiting, id)
	c.mu.Unlock()
	select {
	case a := <-asked.answer:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	default:
	}
}

func (c *Client) accept() {
	for {
		line, err := c.listener.AcceptUnix()
		switch {
		case err == nil:
			c.take(line)
		case errors.Is(err, net.ErrClosed):
			return
		default: // no descriptor free, perhaps
			time.Sleep(acceptAgain)
		}
	}
}

// acceptAgain is the wait after a call that couldn't be taken.
const acceptAgain = 100 * time.Millisecond

// take makes this the line, whatever there was before, and asks again what has no answer yet.
func (c *Client) take(line *net.UnixConn) {
	c.mu.Lock()
	before := c.line
	c.line = line
	var again []*call
	for _, asked := range c.waiting {
		again = append(again, asked)
	}
	c.mu.Unlock()
	if before != nil {
		_ = before.Close()
	}
	go c.listen(line)
	for _, asked := range again {
		write(line, asked.packet)
	}
}

// write leaves an error to whoever listens to the line.
func write(line *net.UnixConn, packet []byte) {
	_ = line.SetWriteDeadline(time.Now().Add(Within))
	if _, err := line.Write(packet); err != nil {
		_ = line.Close()
	}
}

// listen takes the answers until the line ends.
func (c *Client) listen(line *net.UnixConn) {
	packet, control := make([]byte, longestPacket), make([]byte, unix.CmsgSpace(4))
	for {
		n, m, flags, _, err := line.ReadMsgUnix(packet, control)
		if err != nil {
			break
		}
		file := descriptor(control[:m])
		var r reply
		if decode(packet[:n], &r) != nil {
			break
		}
		c.deliver(r, file, flags&unix.MSG_CTRUNC != 0)
	}
	_ = line.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == line {
		c.line = nil
	}
}

// deliver gives an answer to who waits for it. lost is whether the system dropped what came with it.
func (c *Client) deliver(r reply, file *os.File, lost bool) {
	if file != nil {
		defer file.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.waiting[r.ID]
	delete(c.waiting, r.ID)
	switch {
	case asked == nil: // given up
	case r.Why != "":
		asked.answer <- answered{err: failure{r}}
	case file == nil && lost:
		asked.answer <- answered{err: os.NewSyscallError("recvmsg", syscall.EMFILE)}
	case file == nil:
		asked.answer <- answered{err: errors.New("the broker answered without a connection")}
	default:
		conn, err := net.FileConn(file) // a copy of its own
		asked.answer <- answered{conn, err}
	}
}

// descriptor is what came with a packet, nil if nothing did.
func descriptor(control []byte) *os.File {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) != 1 {
		return nil
	}
	rights, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(rights) != 1 {
		return nil
	}
	return os.NewFile(uintptr(rights[0]), "handed over")
}

// place is what was asked for, for the error that says so.
type place struct{ network, address string }

func (p place) Network() string { return p.network }
func (p place) String() string  { return p.address }
