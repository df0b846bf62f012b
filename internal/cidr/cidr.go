// Package cidr owns how a network is written by people, and read back as one thing: a prefix of IPv4 or IPv6. It never
// decides who may come from where.
package cidr

import (
	"fmt"
	"net/netip"
	"strings"
)

// mappedBits is how much of an IPv6 prefix says only that an IPv4 address follows (RFC 4291 section 2.5.5.2).
const mappedBits = 96

// Parse reads a network in CIDR notation (RFC 4632, RFC 4291 section 2.3), or one address. A mapped form (::ffff:192.0.2.0/120) is the
// IPv4 network that it means, so that no network has two spellings. Refused is what others read in another way: short and
// octal forms, zones, and an address inside of the network where the network is meant. The error says what is wrong and what is allowed.
func Parse(text string) (netip.Prefix, error) {
	address, length, hasLength := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%.60q is no address; allowed are networks such as 203.0.113.0/24 and 2001:db8::/32, and single addresses", text)
	case addr.Zone() != "":
		return netip.Prefix{}, fmt.Errorf("%.60q has a zone, which means something on one machine only; leave %%%.20s out", text, addr.Zone())
	}
	prefix := netip.PrefixFrom(addr, addr.BitLen())
	if hasLength {
		if prefix, err = netip.ParsePrefix(text); err != nil {
			return netip.Prefix{}, fmt.Errorf("/%.20s is no prefix length of %s; allowed is a whole number from 0 to %d without leading zeros", length, addr, addr.BitLen())
		}
	}
	return canonical(prefix)
}

func canonical(p netip.Prefix) (netip.Prefix, error) {
	if p.Addr().Is4In6() {
		if p.Bits() < mappedBits {
			return netip.Prefix{}, fmt.Errorf("%s is a mapped IPv4 address with a prefix that reaches beyond IPv4; allowed are lengths from %d to 128", p, mappedBits)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits)
	}
	if network := p.Masked(); network != p {
		return netip.Prefix{}, fmt.Errorf("%s is an address inside of a network; write %s for the network, or %s for the address", p, network, p.Addr())
	}
	return p, nil
}

// Show writes a network as Parse reads it; a single address without its length.
func Show(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// ParseList reads networks with commas between them; empty text is none.
func ParseList(texts string) (list []netip.Prefix, err error) {
	if texts == "" {
		return nil, nil
	}
	for text := range strings.SplitSeq(texts, ",") {
		p, err := Parse(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}
