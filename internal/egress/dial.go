package egress

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Dialer returns a dialer that connects only to what the networks allow. It looks at the address that is connected to, after
// names were resolved, so that a name that means something else the second time gains nothing. secure: the connection will
// be encrypted; what is not goes only to networks that the operator named.
func (n Networks) Dialer(within time.Duration, secure bool) *net.Dialer {
	return &net.Dialer{Timeout: within, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" {
			return ErrForbidden
		}
		if !secure && !n.Contain(to.Addr()) {
			return ErrForbidden
		}
		return n.Check(to.Addr())
	}}
}
