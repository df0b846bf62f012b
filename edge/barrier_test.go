package edge

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// openBarrier is one that lets everybody in.
func openBarrier() *barrier {
	d := newBarrier(false)
	d.started()
	return d
}

// holding starts an edge that has version 1 on disk, and a control plane that says that 2 is the newest, and not yet what that is.
func holding(t *testing.T, tune ...func(*server)) (*rig, feed.Route) {
	t.Helper()
	r := newRig(t)
	route := r.instance("acme", says("here"))
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	eventually(t, "version 1 is on disk", func() bool { return r.server.follower.confirmer.confirmed.Load() == 1 })
	must(t, r.stop())
	r.control.with(func() { r.control.hold = true })
	route.State = feed.StateStopped
	r.control.change(2, route)
	r.start(tune...)
	return r, route
}

func TestARequestWaitsUntilTheEdgeHasCaughtUp(t *testing.T) {
	t.Parallel()
	r, _ := holding(t, func(s *server) { s.barrier.patience = time.Minute })
	answered := make(chan *http.Response, 1)
	go func() { answered <- r.get("acme.longhouse.localhost", "/").Response }()
	eventually(t, "a request is at the barrier", func() bool { return r.server.barrier.waiting.Load() == 1 })
	eventually(t, "the stream is there", func() bool { return r.server.follower.connected.Load() })
	select {
	case res := <-answered:
		t.Fatalf("answered %d by what is old", res.StatusCode)
	default:
	}
	r.control.with(func() { r.control.hold = false })
	if res := <-answered; res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "30" {
		t.Errorf("%d, and not that the workspace is stopped", res.StatusCode)
	}
}

func TestWhoWaitedInVainIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	r, route := holding(t, func(s *server) { s.barrier.patience = 50 * time.Millisecond })
	eventually(t, "the edge knows that it is behind", func() bool {
		return r.server.follower.connected.Load() && r.server.follower.lastHeard.Load() != 0
	})
	for range 3 { // however often
		a := r.get("acme.longhouse.localhost", "/")
		a.want(t, http.StatusServiceUnavailable, "starting")
		if a.Header.Get("Retry-After") == "" {
			t.Error("it isn't said when to come again")
		}
	}
	r.control.with(func() { r.control.hold = false })
	r.waitVersion(2)
	route.State = feed.StateServing
	r.control.change(3, route)
	r.waitVersion(3)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
}

// An edge that was cut off goes on by what it knew, until it hears that there is something newer.
func TestAnEdgeThatComesBackServesNothingBeforeItHasCaughtUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route := r.instance("acme", says("here"))
	r.control.set(1, route)
	r.start(func(s *server) { s.barrier.patience = 20 * time.Millisecond })
	r.waitVersion(1)
	r.control.with(func() { r.control.deaf, r.control.hold = true, true })
	r.control.CloseClientConnections()
	eventually(t, "the edge is cut off", func() bool { return !r.server.follower.connected.Load() })
	route.State = feed.StateStopped
	r.control.change(2, route)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
	r.control.with(func() { r.control.deaf = false })
	eventually(t, "nobody is let in", func() bool { caughtUp, _ := r.server.barrier.stands(); return !caughtUp })
	r.get("acme.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "starting")
	r.control.with(func() { r.control.hold = false })
	r.waitVersion(2)
	eventually(t, "everybody is let in", func() bool { caughtUp, _ := r.server.barrier.stands(); return caughtUp })
	r.get("acme.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "stopped")
}

func TestAnEdgeOfAnotherHistoryIsBehindWhateverItsVersion(t *testing.T) {
	t.Parallel()
	k := &keeper{table: NewTable(), tunnels: newTunnels(), log: newRig(t).config.Log}
	f := &follower{keeper: k}
	must(t, k.learn(feed.Message{Type: feed.KindSnapshot, Version: 9, History: "first"}))
	for _, step := range []struct {
		m      feed.Message
		behind bool
	}{
		{feed.Message{Type: feed.KindHeartbeat, Version: 9, History: "first"}, false},
		{feed.Message{Type: feed.KindHeartbeat, Version: 10}, true},
		{changeOf(10, routeTo("acme", "/s")), false},
		{feed.Message{Type: feed.KindHeartbeat, Version: 4, History: "second"}, true},
		{feed.Message{Type: feed.KindSnapshot, Version: 4, History: "second"}, false},
	} {
		must(t, k.learn(step.m))
		if got := f.behind(step.m); got != step.behind {
			t.Errorf("after %+v: behind %t", step.m, got)
		}
	}
}

func TestRequestsBeyondTheRoomAtTheBarrierAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	d := newBarrier(false)
	d.patience = time.Hour
	d.waiting.Store(maxAtBarrier)
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	must(t, err)
	if got := d.admit(&exchange{r: r}); got.onward || got.refusal.reason != starting.reason || d.waiting.Load() != maxAtBarrier {
		t.Errorf("%+v, %d wait", got, d.waiting.Load())
	}
}

func TestAnOpenBarrierAllocatesNothing(t *testing.T) {
	d, x := openBarrier(), &exchange{}
	if n := testing.AllocsPerRun(100, func() {
		if !d.admit(x).onward {
			t.Error("it is shut")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
