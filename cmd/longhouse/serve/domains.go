package serve

import (
	"net"
	"net/netip"
	"slices"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/maintenance"
)

// ownHop is the header of the PROXY protocol, version 2, of a hop that speaks for itself (LOCAL).
var ownHop = []byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00")

// handshake is how the edge of this machine is asked for a domain's TLS certificate.
func handshake(s datadir.Settings) maintenance.Handshake {
	h := maintenance.Handshake{Address: s.EdgeSecureAddress()}
	if h.Address != "" && s.ACMEDirectory == "" {
		h.Never = "Longhouse itself signs here, which is good for names under " + s.BaseDomain + " only; who runs it has to name an issuer (longhouse up --acme-directory)"
	}
	if s.ProxyProtocol && believed(s.TrustedProxies, h.Address) {
		h.Greeting = ownHop
	}
	return h
}

// believed reports whether who connects to an address of this machine, from this machine, comes from a trusted proxy.
func believed(hops, address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	from, err := netip.ParseAddr(host)
	if err != nil {
		from = netip.AddrFrom4([4]byte{127, 0, 0, 1}) // localhost
	}
	networks, _ := cidr.ParseList(hops) // the edge refuses to start by a list that can't be read
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap()) })
}
