package edge

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// TestNobodySlipsInDuringAChange: whoever comes while filters change is decided by the newest, or put out by it.
func TestNobodySlipsInDuringAChange(t *testing.T) {
	t.Parallel()
	table := filled(t, 1, routeTo("acme", "/s"))
	version := int64(1)
	for range 300 {
		var comers sync.WaitGroup
		come := make(chan struct{})
		all := make([]*exchange, 8)
		for i := range all {
			all[i] = exchangeOf(netip.AddrFrom4([4]byte{127, 0, 0, byte(i % 2)}), "acme")
			comers.Go(func() {
				<-come
				table.Lookup("acme.longhouse.localhost").door.enter(all[i])
			})
		}
		close(come)
		version++
		apply(t, table, version, allowing(routeTo("acme", "/s"), "127.0.0.0"))
		comers.Wait()
		for i, x := range all {
			in := x.door != nil && !severed(x)
			if allowed := i%2 == 0; in != allowed {
				t.Fatalf("%s is in: %v", x.client, in)
			}
			x.leave()
		}
		version++
		apply(t, table, version, routeTo("acme", "/s"))
	}
}

// TestWebSocketThatComesTooLateEnds: it was denied between its handshake and now.
func TestWebSocketThatComesTooLateEnds(t *testing.T) {
	t.Parallel()
	table := filled(t, 1, routeTo("acme", "/s"))
	x := exchangeOf(netip.MustParseAddr(stranger), "acme")
	if d := table.Lookup("acme.longhouse.localhost").door.enter(x); !d.onward {
		t.Fatal(d)
	}
	apply(t, table, 2, allowing(routeTo("acme", "/s"), friend))
	front, client := net.Pipe()
	back, instance := net.Pipe()
	x.become(newTunnels().add("ws_acme", front, back))
	for name, end := range map[string]net.Conn{"client": client, "instance": instance} {
		if _, err := end.Read(make([]byte, 1)); err == nil {
			t.Errorf("the %s hears something", name)
		}
	}
}

// BenchmarkFilter is a request's way through the door and out again.
func BenchmarkFilter(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rules := range []int{0, 10, 1000} {
		route, clients := filterOf(b, random, rules)
		for who, allowed := range map[string]bool{"let in": true, "denied": false} {
			if rules == 0 && !allowed {
				continue
			}
			b.Run(fmt.Sprintf("%d rules/%s", rules, who), func(b *testing.B) {
				d, x := &door{tallies: &tallies{}}, &exchange{}
				d.obey(route)
				b.ReportAllocs()
				for i := 0; b.Loop(); i += 2 {
					x.client, x.counted = clients[(i+bit(!allowed))%len(clients)], false
					if in, _ := d.take(x); in != allowed {
						b.Fatal(x.client)
					}
					x.leave()
				}
			})
		}
	}
}

// BenchmarkFilterFirstUse is what the first request to a workspace costs more.
func BenchmarkFilterFirstUse(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rules := range []int{10, 1000} {
		b.Run(fmt.Sprintf("%d rules", rules), func(b *testing.B) {
			route, clients := filterOf(b, random, rules)
			d, x := &door{}, &exchange{client: clients[0]}
			b.ReportAllocs()
			for b.Loop() {
				d.obey(route)
				d.enter(x)
				x.leave()
			}
		})
	}
}

// filterOf returns a route with so many rules, of both protocols, and clients of which every other is let in.
func filterOf(b *testing.B, random *rand.Rand, rules int) (*Route, []netip.Addr) {
	b.Helper()
	var networks []string
	clients := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("192.0.2.1")}
	for i := range rules {
		inside, outside := netip.AddrFrom4([4]byte{10, byte(random.Uint32()), byte(random.Uint32()), 77}), netip.MustParseAddr("192.0.2.1")
		network := netip.PrefixFrom(inside, 24).Masked()
		if i%2 == 1 {
			inside = netip.AddrFrom16([16]byte{0x20, 1, byte(random.Uint32()), byte(random.Uint32()), 15: 1})
			network, outside = netip.PrefixFrom(inside, 48).Masked(), netip.MustParseAddr("2a00::1")
		}
		if i == 0 {
			clients = nil
		}
		networks, clients = append(networks, network.String()), append(clients, inside, outside)
	}
	said := routeTo("acme", "/s")
	if rules > 0 {
		said = allowing(said, networks...)
	}
	route, err := newRoute(said)
	must(b, err)
	return route, clients
}
