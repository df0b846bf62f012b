package edge

import (
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func roundTripReuses(t *testing.T, transport http.RoundTripper, req *http.Request) (reused bool) {
	t.Helper()
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }}
	res, err := transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	must(t, err)
	_ = res.Body.Close()
	return reused
}

// echoSocket sends back each message, the header's request first.
var echoSocket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, http.Header{"X-Custom": {"kept"}})
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.WriteMessage(websocket.TextMessage, []byte(r.Host+" "+r.Header.Get("X-Forwarded-For")))
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
})

func (r *rig) dialSocket(host string) (*websocket.Conn, *http.Response) {
	r.t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+r.addr()+"/api/v4/websocket",
		http.Header{"Host": {host}, "X-Forwarded-For": {"10.1.1.1"}})
	must(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	must(r.t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	return conn, res
}

func socketRig(t *testing.T) (*rig, feed.Route) {
	t.Helper()
	r := newRig(t)
	route := r.instance("acme", echoSocket)
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	return r, route
}

func TestWebSocketEchoesThroughTheEdge(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t)
	conn, res := r.dialSocket("acme.longhouse.localhost")
	if res.Header.Get("X-Custom") != "kept" || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("handshake answer: %v", res.Header)
	}
	_, first, err := conn.ReadMessage()
	must(t, err)
	if string(first) != "acme.longhouse.localhost 127.0.0.1" {
		t.Errorf("instance heard %q", first)
	}
	for _, size := range []int{1, 125, 70_000, 3 << 20} {
		want := strings.Repeat("x", size)
		must(t, conn.WriteMessage(websocket.TextMessage, []byte(want)))
		_, got, err := conn.ReadMessage()
		must(t, err)
		if string(got) != want {
			t.Fatalf("%d bytes came back as %d", size, len(got))
		}
	}
	if n := r.server.tunnels.count(); n != 1 {
		t.Errorf("%d web sockets are counted", n)
	}
	must(t, conn.Close())
	eventually(t, "the web socket is forgotten and logged", func() bool {
		lines := r.logs.access(t)
		return r.server.tunnels.count() == 0 && len(lines) == 1 && lines[0]["web_socket"] == true
	})
}

func TestWebSocketEndsWhenItsWorkspaceIsGone(t *testing.T) {
	t.Parallel()
	r, route := socketRig(t)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	_, _, err := conn.ReadMessage()
	must(t, err)
	route.State = feed.StateGone
	r.control.change(2, route)
	if _, _, err := conn.ReadMessage(); err == nil {
		t.Error("the web socket outlived its workspace")
	}
}

func TestWebSocketSurvivesAMoveToAnotherInstance(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	_, _, err := conn.ReadMessage()
	must(t, err)
	moved := r.instance("acme2", says("second"))
	moved.WorkspaceID, moved.Hosts = "ws_acme", []string{"acme.longhouse.localhost"}
	r.control.change(2, moved)
	r.waitVersion(2)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "second")
	must(t, conn.WriteMessage(websocket.TextMessage, []byte("still here")))
	_, got, err := conn.ReadMessage()
	must(t, err)
	if string(got) != "still here" {
		t.Errorf("got %q", got)
	}
}
