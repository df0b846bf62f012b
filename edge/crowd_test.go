package edge

import "testing"

func TestOneConnectionTooManyIsTurnedAwayPolitely(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*crowd){
		"in all": func(c *crowd) { c.total = 1 }, "of one client": func(c *crowd) { c.each = 1 },
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
