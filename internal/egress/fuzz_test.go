package egress

import (
	"net/netip"
	"strings"
	"testing"
)

// FuzzNetworks: each network that is taken opens its own addresses in every form that they have, and beside them nothing but the public
// internet.
func FuzzNetworks(f *testing.F) {
	for _, texts := range []string{"", "10.1.0.0/16,fd00:1::/64", " 127.0.0.1 , ::1", "::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "10.1.0.1/16", "0.0.0.0/0", "::/0", ",", "10.0.0.0/08", "10.0.0.0/33", "fe80::1%eth0", "localhost", "010.0.0.1"} {
		f.Add(texts, "10.1.2.3")
		f.Add(texts, "::ffff:127.0.0.1")
	}
	f.Fuzz(func(t *testing.T, texts, other string) {
		networks, err := ParseNetworks(texts)
		if err != nil {
			return
		}
		if len(networks) != strings.Count(texts, ",")+1 && texts != "" {
			t.Errorf("%q is %v", texts, networks)
		}
		for _, n := range networks {
			for _, addr := range []netip.Addr{n.Addr(), netip.AddrFrom16(n.Addr().As16())} {
				if networks.Check(addr) != nil {
					t.Errorf("%q does not open %s", texts, addr)
				}
			}
		}
		addr, err := netip.ParseAddr(other)
		if err != nil || networks.Check(addr) != nil || Public(addr) {
			return
		}
		for _, n := range networks {
			if n.Contains(addr.WithZone("")) || n.Contains(addr.WithZone("").Unmap()) {
				return
			}
		}
		t.Errorf("%q opens %s", texts, addr)
	})
}
