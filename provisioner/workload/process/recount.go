package process

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// recount counts the connections that an agent before us has handed over, by what the instance's processes have open. It must come
// before any other is made.
func (d *dialer) recount(ctx context.Context, pids []int) error {
	seen := map[string]bool{}
	var failed error
	for _, pid := range pids {
		err := proc.Sockets(pid, seen, func(socket int) error {
			number, ok := d.leadsTo(ctx, socket)
			if !ok {
				return nil
			}
			return d.held.AddCopy(socket, int32(number))
		})
		if !errors.Is(err, unix.ESRCH) { // it has ended
			failed = errors.Join(failed, err)
		}
	}
	for number, place := range d.allowed.Places {
		if has, err := d.has(number); err == nil && has > 0 && place.Shared > 0 {
			d.shares.hold(place.Address, d, has)
		}
	}
	return failed
}

// leadsTo gives the number of the place that a socket is connected to. One that listens, or that somebody else has connected, is none.
func (d *dialer) leadsTo(ctx context.Context, socket int) (number int, ok bool) {
	peer, err := unix.Getpeername(socket)
	if err != nil {
		return 0, false
	}
	var to netip.AddrPort
	switch peer := peer.(type) {
	case *unix.SockaddrUnix:
		number = slices.IndexFunc(d.places(), func(p workload.Place) bool { return samePath(p.Address, peer.Name) })
		return number, number >= 0
	case *unix.SockaddrInet4:
		to = netip.AddrPortFrom(netip.AddrFrom4(peer.Addr), uint16(peer.Port))
	case *unix.SockaddrInet6:
		to = netip.AddrPortFrom(netip.AddrFrom16(peer.Addr).Unmap(), uint16(peer.Port))
	default:
		return 0, false
	}
	if number = slices.IndexFunc(d.allowed.Places, func(p workload.Place) bool { return namesAddress(ctx, p.Address, to) }); number >= 0 {
		return number, true
	}
	return len(d.allowed.Places), d.allowed.Internet
}

// samePath says whether two paths are the same socket, which its owner may have bound by another path.
func samePath(a, b string) bool {
	if a == "" || b == "" || a == b {
		return a == b && a != ""
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// namesAddress says whether host:port leads to an address now.
func namesAddress(ctx context.Context, place string, to netip.AddrPort) bool {
	host, port, err := net.SplitHostPort(place)
	if err != nil || port != strconv.Itoa(int(to.Port())) {
		return false
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host) // an address as it stands
	return err == nil && slices.ContainsFunc(addresses, func(a netip.Addr) bool { return a.Unmap() == to.Addr() })
}
