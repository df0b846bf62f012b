package edge

import (
	"net"
	"testing"
)

func TestOneConnectionTooManyIsTurnedAwayPolitely(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*crowd){
		"in all": func(c *crowd) { c.total = 1 }, "of one client": func(c *crowd) { c.perClient = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.control.set(1, r.instance("acme", says("here")))
			r.start(func(s *server) { limit(s.listener) })
			r.waitVersion(1)
			first := dialEdge(t, r)
			eventually(t, "the first is in", func() bool { return r.server.listener.count() == 1 })
			a := readAnswer(t, dialEdge(t, r))
			a.want(t, 503, noRoomText)
			if a.Header.Get("Retry-After") == "" || !a.Close {
				t.Errorf("header: %v", a.Header)
			}
			must(t, first.Close())
			eventually(t, "the first has left", func() bool { return r.server.listener.count() == 0 })
			r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
			eventually(t, "all have left", func() bool { return r.server.listener.count() == 0 })
		})
	}
}

func TestAnIPv6ClientIsItsSubnet(t *testing.T) {
	t.Parallel()
	of := func(ip string) string { return clientPrefix(&net.TCPAddr{IP: net.ParseIP(ip), Port: 1}).String() }
	if of("2001:db8::1") != of("2001:db8::ffff") || of("2001:db8::1") == of("2001:db8:0:1::1") || of("192.0.2.1") == of("192.0.2.2") {
		t.Error("who is one client is mistaken")
	}
}
