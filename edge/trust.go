package edge

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/realclientip/realclientip-go"
)

// The headers by which a hop may tell for whom it speaks.
const (
	// XForwardedFor is the one that most proxies write, with X-Forwarded-Proto beside it.
	XForwardedFor = "X-Forwarded-For"
	// Forwarded is that of RFC 7239.
	Forwarded = "Forwarded"
)

// Trust says which servers in front of the edge are believed about who the client is. Without any, a client is the other end
// of its connection.
type Trust struct {
	// Hops are the networks of those servers.
	Hops []netip.Prefix
	// Header is the one header that they write, XForwardedFor or Forwarded; empty: none. Only one can be believed: a server that
	// writes the one passes the other on as the client made it up.
	Header string
	// Announced says that connections from hops begin with a header of the PROXY protocol, version 2.
	Announced bool
}

// Validate names what can't work, its value, and what is allowed.
func (t Trust) Validate() error {
	for _, hop := range t.Hops {
		if !hop.IsValid() || hop.Bits() == 0 {
			return fmt.Errorf("trusted proxies %s: allowed are networks of servers of your own; this one would believe everybody", hop)
		}
	}
	switch {
	case t.Header != "" && t.Header != XForwardedFor && t.Header != Forwarded:
		return fmt.Errorf("forwarded header %.40q: allowed are %s and %s", t.Header, XForwardedFor, Forwarded)
	case len(t.Hops) == 0 && (t.Header != "" || t.Announced):
		return errors.New("trusted proxies: needed, as a forwarded header or the PROXY protocol is only believed of them")
	case len(t.Hops) > 0 && t.Header == "" && !t.Announced:
		return errors.New("trusted proxies: they are believed in nothing; allowed with them is a forwarded header, the PROXY protocol, or both")
	}
	return nil
}

// trustedHops are the hops that are believed, ready to be asked. Nil believes nobody.
type trustedHops struct {
	Trust
	strategy realclientip.RightmostTrustedRangeStrategy
}

func newTrustedHops(t Trust) (*trustedHops, error) {
	if len(t.Hops) == 0 {
		return nil, nil
	}
	w := &trustedHops{Trust: t}
	if t.Header == "" {
		return w, nil
	}
	networks := make([]net.IPNet, 0, len(t.Hops))
	for _, hop := range t.Hops {
		networks = append(networks, net.IPNet{IP: hop.Addr().AsSlice(), Mask: net.CIDRMask(hop.Bits(), hop.Addr().BitLen())})
	}
	var err error
	w.strategy, err = realclientip.NewRightmostTrustedRangeStrategy(t.Header, networks)
	return w, err
}

// include reports whether an address is that of a hop.
func (w *trustedHops) include(peer netip.Addr) bool {
	if w == nil {
		return false
	}
	for _, hop := range w.Hops {
		if hop.Contains(peer) {
			return true
		}
	}
	return false
}

// client returns who asks, for a request over a connection from peer: peer, unless that is a hop which names others. Then it is the
// last one named that is no hop: what stands before it anybody may have written. It is invalid when a hop names nobody, or what is no address.
func (w *trustedHops) client(peer netip.Addr, h http.Header) netip.Addr {
	if w == nil || w.Header == "" || !w.include(peer) {
		return peer
	}
	addr, err := netip.ParseAddr(w.strategy.ClientIP(h, ""))
	if err != nil {
		return netip.Addr{}
	}
	return addr.WithZone("").Unmap()
}

// encrypted reports whether a hop says that its client speaks TLS with it.
func (w *trustedHops) encrypted(peer netip.Addr, h http.Header) bool {
	switch {
	case w == nil || w.Header == "" || !w.include(peer):
		return false
	case w.Header == Forwarded:
		return lastProto(h[Forwarded]) == "https"
	default:
		said := h["X-Forwarded-Proto"]
		return len(said) == 1 && said[0] == "https"
	}
}

// lastProto returns the proto of the last element of a Forwarded header: the hop's own.
func lastProto(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	last := lines[len(lines)-1]
	last = last[strings.LastIndexByte(last, ',')+1:]
	for pair := range strings.SplitSeq(last, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "proto") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}
