package edge

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func dialEdge(t *testing.T, r *rig) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// dying listens like an instance that reads a request and then does what then says to the nth connection.
func (r *rig) dying(slug string, then func(n int64, conn net.Conn)) (feed.Route, *atomic.Int64) {
	r.t.Helper()
	socket := filepath.Join(r.dir, slug+".sock")
	listener, err := net.Listen("unix", socket)
	must(r.t, err)
	r.t.Cleanup(func() { _ = listener.Close() })
	var heard atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if n, _ := conn.Read(make([]byte, 4096)); n > 0 {
				then(heard.Add(1), conn)
			}
			_ = conn.Close()
		}
	}()
	return routeTo(slug, socket), &heard
}

func TestRequestsWaitForAnInstanceThatStarts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	socket := filepath.Join(r.dir, "late.sock")
	r.control.set(1, routeTo("late", socket))
	r.start()
	r.waitVersion(1)
	answers := make(chan *answerOf, 2)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		go func() { answers <- r.do(r.request(method, "late.longhouse.localhost", "/", strings.NewReader("kept"))) }()
	}
	retries := r.server.retries
	eventually(t, "both wait", func() bool { return retries.waiting.Load() == 2 })
	instanceAt(t, socket, "late", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { _, _ = io.Copy(w, req.Body) }))
	(<-answers).want(t, 200, "kept")
	(<-answers).want(t, 200, "kept")
}

func TestRequestFollowsItsRouteWhileItWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(r *rig) feed.Route
		status int
	}{
		"moved":   {func(r *rig) feed.Route { return r.instance("acme2", says("second")) }, 200},
		"stopped": {func(*rig) feed.Route { return feed.Route{State: feed.StateStopped, Message: "second"} }, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.control.set(1, routeTo("acme", filepath.Join(r.dir, "nobody.sock")))
			r.start()
			r.waitVersion(1)
			answered := make(chan *answerOf)
			go func() { answered <- r.get("acme.longhouse.localhost", "/") }()
			eventually(t, "it waits", func() bool { return r.server.retries.waiting.Load() == 1 })
			route := c.change(r)
			route.WorkspaceID, route.Hosts = "ws_acme", []string{"acme.longhouse.localhost"}
			r.control.change(2, route)
			(<-answered).want(t, c.status, "second")
		})
	}
}

func TestOnlyWhatIsSafeIsSentAgain(t *testing.T) {
	t.Parallel()
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain"
	for name, c := range map[string]struct {
		method, body string
		first        string // what the instance says before it dies
		status       int
		heard        int64
	}{
		"GET":                   {http.MethodGet, "", "", 200, 2},
		"DELETE":                {http.MethodDelete, "", "", 200, 2},
		"POST":                  {http.MethodPost, "", "", 502, 1},
		"PUT with a body":       {http.MethodPut, "once", "", 502, 1},
		"PATCH":                 {http.MethodPatch, "", "", 502, 1},
		"GET, answer has begun": {http.MethodGet, "", "HTTP/1.1 2", 502, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			route, heard := r.dying("acme", func(n int64, conn net.Conn) {
				say := c.first
				if n > 1 {
					say = answer
				}
				_, _ = io.WriteString(conn, say)
			})
			r.control.set(1, route)
			r.start()
			r.waitVersion(1)
			r.do(r.request(c.method, "acme.longhouse.localhost", "/", strings.NewReader(c.body))).want(t, c.status, "")
			if got := heard.Load(); got != c.heard {
				t.Errorf("the instance heard it %d times, want %d", got, c.heard)
			}
		})
	}
}

// TestARequestLongUnderWayIsSentAgain: what an instance works on when it dies may have begun before any patience.
func TestARequestLongUnderWayIsSentAgain(t *testing.T) {
	t.Parallel()
	const patience = 200 * time.Millisecond
	r := newRig(t)
	route, _ := r.dying("acme", func(n int64, conn net.Conn) {
		if n == 1 {
			<-time.After(2 * patience)
			return
		}
		_, _ = io.WriteString(conn, shortAnswer)
	})
	r.control.set(1, route)
	r.start(func(s *server) { s.retries.patience = patience })
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
}

// TestAWriteIsSentOnceOverAConnectionThatWaited: net/http itself sends again what names a key, which an instance need not know.
func TestAWriteIsSentOnceOverAConnectionThatWaited(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		r := newRig(t)
		var once atomic.Int64
		heard := make(chan string, 3)
		route, _ := r.scripted("acme", func(_ int64, req *http.Request) string {
			if req.URL.Path != "/once" {
				return shortAnswer
			}
			once.Add(1)
			heard <- req.Header.Get(key)
			return ""
		})
		r.control.set(1, route)
		r.start()
		r.waitVersion(1)
		r.do(r.request(http.MethodPost, "acme.longhouse.localhost", "/", nil)).want(t, 200, "hello")
		req := r.request(http.MethodPost, "acme.longhouse.localhost", "/once", nil)
		req.Header.Set(key, "k1")
		r.do(req).want(t, 502, "")
		if n, got := once.Load(), <-heard; n != 1 || got != "k1" {
			t.Errorf("%s: the instance heard it %d times, want once, with key %q", key, n, got)
		}
	}
}
