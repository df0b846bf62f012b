package edge

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const sleepy = "acme.longhouse.localhost"

func asleep(slug string) feed.Route {
	route := routeTo(slug, "")
	route.State, route.Upstream = feed.StateAsleep, feed.Upstream{}
	return route
}

// sleepRig is an edge with a workspace that is asleep, and a control plane that takes each wish.
func sleepRig(t *testing.T, tune ...func(*server)) *rig {
	t.Helper()
	r := newRig(t)
	r.control.wake = func(string, int) int { return http.StatusAccepted }
	r.control.set(1, asleep("acme"))
	r.start(tune...)
	r.waitVersion(1)
	return r
}

// held asks for something and returns when so many requests are held.
func (r *rig) held(n int, ask func() *answerOf) <-chan *answerOf {
	r.t.Helper()
	answered := make(chan *answerOf, 1)
	go func() { answered <- ask() }()
	eventually(r.t, "it is held", func() bool { return r.server.wakes.places.count() == n })
	return answered
}

func (r *rig) root() *answerOf { return r.get(sleepy, "/") }

// asked waits for the first wish.
func (r *rig) asked() {
	r.t.Helper()
	eventually(r.t, "somebody asks", func() bool { return len(r.control.wishes()) > 0 })
}

func TestARequestIsHeldUntilItsWorkspaceIsAwake(t *testing.T) {
	t.Parallel()
	r := sleepRig(t)
	answered := r.held(1, func() *answerOf {
		return r.do(r.request(http.MethodPost, sleepy, "/", strings.NewReader(strings.Repeat("kept", 50_000))))
	})
	r.asked()
	awake := r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { _, _ = io.Copy(w, req.Body) }))
	r.control.change(2, awake)
	got := <-answered
	got.want(t, http.StatusOK, "kept")
	if len(got.body) != 200_000 || !slices.Equal(r.control.wishes(), []string{"ws_acme"}) {
		t.Errorf("%d bytes came back, and asked for was %q", len(got.body), r.control.wishes())
	}
	if n := r.server.wakes.places.count(); n != 0 {
		t.Errorf("%d are still held", n)
	}
}

func TestHoweverManyComeAWorkspaceIsAskedForOnce(t *testing.T) {
	t.Parallel()
	r := sleepRig(t)
	var all []<-chan *answerOf
	for n := range 20 {
		all = append(all, r.held(n+1, r.root))
	}
	r.asked()
	r.control.change(2, r.instance("acme", says("awake")))
	for _, answered := range all {
		(<-answered).want(t, http.StatusOK, "awake")
	}
	if n := len(r.control.wishes()); n != 1 {
		t.Errorf("asked for %d times", n)
	}
	figures := r.admin("/metrics").body
	if !strings.Contains(figures, "longhouse_edge_wakes_asked_total 1\n") || !strings.Contains(figures, "longhouse_edge_held_requests 0\n") || !strings.Contains(figures, "longhouse_edge_wake_seconds_count 20\n") {
		t.Errorf("the figures are\n%s", figures)
	}
}

func TestAWebSocketIsHeldToo(t *testing.T) {
	t.Parallel()
	r := sleepRig(t)
	opened := make(chan *websocket.Conn, 1)
	go func() {
		conn, _, err := websocket.DefaultDialer.Dial("ws://"+r.addr()+"/api/v4/websocket", http.Header{"Host": {sleepy}})
		if err != nil {
			t.Error(err)
		}
		opened <- conn
	}()
	r.asked()
	r.control.change(2, r.instance("acme", echoSocket))
	conn := <-opened
	if conn == nil {
		return
	}
	defer conn.Close()
	if _, said, err := conn.ReadMessage(); err != nil || !strings.HasPrefix(string(said), sleepy) {
		t.Errorf("%q, %v", said, err)
	}
}

func TestAWorkspaceThatDoesNotWakeUpIsGivenUp(t *testing.T) {
	t.Parallel()
	r := sleepRig(t, func(s *server) { s.wakes.limit = 50 * time.Millisecond })
	got := r.root()
	got.want(t, http.StatusServiceUnavailable, "waking up")
	if got.Header.Get("Retry-After") != "5" {
		t.Errorf("%v", got.Header)
	}
	eventually(t, "it is in the log", func() bool {
		lines := r.logs.access(t)
		return len(lines) == 1 && lines[0]["refused"] == "waking"
	})
	if figures := r.admin("/metrics").body; !strings.Contains(figures, `longhouse_edge_failures_total{reason="waking"} 1`+"\n") {
		t.Errorf("the figures are\n%s", figures)
	}
}

func TestWhoIsHeldIsToldThatTheWorkspaceWasStopped(t *testing.T) {
	t.Parallel()
	r := sleepRig(t)
	answered := r.held(1, r.root)
	halted := asleep("acme")
	halted.State, halted.Message = feed.StateStopped, "closed for good"
	r.control.change(2, halted)
	(<-answered).want(t, http.StatusServiceUnavailable, "closed for good")
}

func TestNobodyWaitsForARouteThatIsNotInForce(t *testing.T) {
	t.Parallel()
	gone := asleep("acme")
	gone.State, gone.Hosts = feed.StateGone, nil
	for name, next := range map[string]feed.Message{
		"gone":     {Type: feed.KindChange, Version: 2, Route: &gone},
		"vanished": {Type: feed.KindSnapshot, Version: 2},
	} {
		table := filled(t, 1, asleep("acme"))
		was := table.Lookup(sleepy)
		var err error
		if next.Type == feed.KindChange {
			_, err = table.Apply(next)
		} else {
			_, err = table.Replace(next)
		}
		must(t, err)
		soon(t, name, was.changed)
	}
}

func TestAWishIsRepeatedWhileTheControlPlaneIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.wake = func(_ string, asked int) int {
		return []int{http.StatusServiceUnavailable, http.StatusConflict, http.StatusAccepted}[min(asked, 3)-1]
	}
	r.control.set(1, asleep("acme"))
	r.start()
	r.waitVersion(1)
	answered := r.held(1, r.root)
	eventually(t, "the wish is taken", func() bool { return r.server.wakes.asked.Load() == 1 })
	if n := len(r.control.wishes()); n != 3 {
		t.Errorf("asked %d times", n)
	}
	r.control.change(2, r.instance("acme", says("awake")))
	(<-answered).want(t, http.StatusOK, "awake")
}

func TestWhoHangsUpIsHeldNoLonger(t *testing.T) {
	t.Parallel()
	r := sleepRig(t)
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+sleepy+"\r\n\r\n")
	must(t, err)
	eventually(t, "it is held", func() bool { return r.server.wakes.places.count() == 1 })
	must(t, conn.Close())
	eventually(t, "nobody is held", func() bool { return r.server.wakes.places.count() == 0 })
	w := r.server.wakes
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waited) != 0 {
		t.Error("it is asked for though nobody waits")
	}
}

func TestNobodyWakesWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.wake = func(string, int) int { return http.StatusAccepted }
	halted := asleep("halted")
	halted.State = feed.StateStopped
	r.control.set(1, asleep("acme"), halted)
	r.start()
	r.waitVersion(1)
	r.get("nobody.longhouse.localhost", "/").want(t, http.StatusNotFound, "no workspace")
	r.get("halted.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "stopped")
	r.raw("GET http://" + sleepy + "@x/ HTTP/1.1\r\nHost: " + sleepy + "\r\n\r\n")
	g := newGate(r.server.keeper.table, openBarrier(), r.server.proxy, newMetrics(), nil)
	g.wakes = r.server.wakes
	g.stages = slices.Insert(g.stages, 2, func(*exchange) decision { return deny(unknownHost) }) // as an IP filter
	x := &exchange{r: r.request(http.MethodGet, sleepy, "/", nil)}
	if d := g.admit(x); d.onward {
		t.Error("who is denied is let in")
	}
	if n := len(r.control.wishes()); n != 0 {
		t.Errorf("somebody is woken: %q", r.control.wishes())
	}
}

func TestARequestThatCameTooLateForTheInstanceWakesItAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.wake = func(string, int) int { return http.StatusAccepted }
	r.control.set(1, routeTo("acme", filepath.Join(r.dir, "nobody.sock")))
	r.start()
	r.waitVersion(1)
	answered := make(chan *answerOf, 1)
	go func() { answered <- r.root() }()
	eventually(t, "it waits", func() bool { return r.server.retries.waiting.Load() == 1 })
	r.control.change(2, asleep("acme"))
	r.asked()
	r.control.change(3, r.instance("acme", says("awake")))
	(<-answered).want(t, http.StatusOK, "awake")
}

func TestHeldRequestsAreBounded(t *testing.T) {
	t.Parallel()
	ctx, asking := t.Context(), make(chan string, 2)
	w := newWakes(func(_ context.Context, id string) error {
		asking <- id
		<-ctx.Done()
		return nil
	}, slog.New(slog.DiscardHandler))
	for range maxHeldAtOne {
		if !w.come("ws_a") {
			t.Fatal("there is no room for those of one workspace")
		}
	}
	if w.come("ws_a") || !w.come("ws_b") {
		t.Error("one workspace has all places, or the other none")
	}
	w.leave("ws_a")
	if !w.come("ws_a") {
		t.Error("who leaves makes no room")
	}
	greedyOne, others := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	n := 0
	for w.places.enter(greedyOne).onward {
		n++
	}
	if n > maxHeld/4 || !w.places.enter(others).onward {
		t.Errorf("one address has %d places of %d", n, maxHeld)
	}
}
