package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/egress"
)

// ErrForbidden is returned for an address that may not be reached.
var ErrForbidden = egress.ErrForbidden

const connectWithin = 10 * time.Second

// unconnectedError says that nothing was sent.
type unconnectedError struct{ error }

func (e *unconnectedError) Unwrap() error { return e.error }

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := c.dials.take(ctx, connectWithin); err != nil { // also of calls that were given up: their connections are opened all the same
		return nil, &unconnectedError{err}
	}
	defer c.dials.giveBack()
	conn, err := c.connect(ctx, network, address)
	if err != nil {
		return nil, &unconnectedError{err}
	}
	return conn, nil
}

// connect judges the address that is connected to, not the name that leads there, unless the operator named it.
func (c *Client) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	named := c.allowed.Named(host)
	if addr, err := netip.ParseAddr(host); err == nil && c.allowed.Networks.Check(addr) != nil {
		return nil, ErrForbidden
	}
	if c.asked != nil {
		return c.ask(ctx, network, address, named)
	}
	to := &net.Dialer{Timeout: connectWithin}
	if !named {
		to = c.allowed.Networks.Dialer(connectWithin, true) // whether it is encrypted is between those who talk
	}
	return to.DialContext(ctx, network, address)
}

// ask has a connection opened by who looks names up for us. What else it would connect us to, as the store, is told nothing.
func (c *Client) ask(ctx context.Context, network, address string, named bool) (net.Conn, error) {
	conn, err := c.asked(ctx, network, address)
	if errors.Is(err, syscall.EACCES) {
		return nil, ErrForbidden
	}
	if err != nil || named {
		return conn, err
	}
	to, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || c.allowed.Networks.Check(to.Addr()) != nil {
		return nil, errors.Join(ErrForbidden, conn.Close())
	}
	return conn, nil
}
