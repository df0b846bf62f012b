package process

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// outside dials what is on the public internet and not this machine: to who comes from here its own addresses are open, which a firewall
// shuts to all others. Networks that the operator names may be either.
func (d *dialer) outside() *net.Dialer {
	to := d.internet.Dialer(connectWithin, true) // whether it is encrypted is between those who talk
	public := to.ControlContext
	to.ControlContext = func(ctx context.Context, network, address string, conn syscall.RawConn) error {
		if err := public(ctx, network, address, conn); err != nil {
			return err
		}
		at, err := netip.ParseAddrPort(address)
		if err == nil && d.isScarce(ctx, at) {
			return egress.ErrForbidden
		}
		if err != nil || d.internet.Contain(at.Addr()) {
			return err
		}
		own, err := d.ownAddresses()
		if err != nil || slices.ContainsFunc(own, func(a net.Addr) bool { return isAt(a, at.Addr()) }) {
			return egress.ErrForbidden
		}
		return nil
	}
	return to
}

// isScarce says whether an address is that of a place to which there may be fewer connections than to the internet: as many more would be
// had by another of its names, which no count would see.
func (d *dialer) isScarce(ctx context.Context, at netip.AddrPort) bool {
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	return slices.ContainsFunc(d.allowed.Places, func(p workload.Place) bool { return p.Most < mostInternet && namesAddress(ctx, p.Address, at) })
}

func isAt(own net.Addr, addr netip.Addr) bool {
	prefix, err := netip.ParsePrefix(own.String())
	return err != nil || prefix.Addr().Unmap() == addr.WithZone("").Unmap()
}
