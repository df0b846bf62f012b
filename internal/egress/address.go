// Package egress bounds where requests go whose addresses somebody else chose: to the public internet, and to networks that
// the operator names. It owns the list of what is not public, and never sends anything itself.
package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ErrForbidden is returned for an address that may not be reached. It names no address, as who chose a name shall not
// learn from us what it stands for in here.
var ErrForbidden = errors.New("the address is not on the public internet")

// Networks are what may be reached beside the public internet. Nil: nothing.
type Networks []netip.Prefix

// ParseNetworks reads networks such as "10.1.0.0/16,fd00:1::/64". A single address stands for itself, and empty text for none.
func ParseNetworks(texts string) (Networks, error) {
	var list Networks
	if texts == "" {
		return nil, nil
	}
	for text := range strings.SplitSeq(texts, ",") {
		text = strings.TrimSpace(text)
		if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" && !addr.Is4In6() {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil || prefix != prefix.Masked() || prefix.Addr().Is4In6() { // as one, nothing is ever compared
			return nil, fmt.Errorf("%q is not a network such as 10.1.0.0/16 or fd00:1::/64, without bits behind its length, and IPv4 in its own form", text)
		}
		list = append(list, prefix)
	}
	return list, nil
}

// Contain reports whether the operator named a network with the address.
func (n Networks) Contain(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	for _, network := range n {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// Check returns nil when the address may be reached, or ErrForbidden.
func (n Networks) Check(addr netip.Addr) error {
	if Public(addr) || n.Contain(addr) {
		return nil
	}
	return ErrForbidden
}

// special is what the registries of special-purpose addresses (RFC 6890 and its successors) don't call globally reachable,
// what may stand for an IPv4 address that a border of ours would miss, multicast, and 168.63.129.16, at which Azure gives each machine
// its own settings and secrets.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// unicast is what IPv6 gives out; all else of it is private, local, or means something else.
var unicast = netip.MustParsePrefix("2000::/3")

// Public reports whether an address is one of the public internet.
func Public(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Is6() && !unicast.Contains(addr) {
		return false
	}
	for _, network := range special {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
