package edge

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
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

// ended waits until the other side ends the web socket; our own impatience doesn't count.
func ended(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	_, _, err := conn.ReadMessage()
	var impatience net.Error // the client library hides the original
	if err == nil || errors.As(err, &impatience) && impatience.Timeout() {
		t.Errorf("the web socket is still open: %v", err)
	}
}

func socketRig(t *testing.T, tune ...func(*server)) (*rig, feed.Route) {
	t.Helper()
	r := newRig(t)
	route := r.instance("acme", echoSocket)
	r.control.set(1, route)
	r.start(tune...)
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
	ended(t, conn)
}

func TestWebSocketEndsWhenASnapshotDropsItsWorkspace(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	_, _, err := conn.ReadMessage()
	must(t, err)
	r.control.say(feed.Message{Type: feed.KindSnapshot, Version: 2, BaseDomain: "longhouse.localhost"})
	ended(t, conn)
}

func TestHalfOpenWebSocketDoesNotLinger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			t.Cleanup(func() { _ = conn.Close() }) // and never before
		}
	})))
	r.start(func(s *server) { s.tunnels.linger = 50 * time.Millisecond })
	r.waitVersion(1)
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	must(t, err)
	eventually(t, "a web socket", func() bool { return r.server.tunnels.count() == 1 })
	must(t, conn.(*net.TCPConn).CloseWrite())
	_, err = io.ReadAll(conn)
	must(t, err)
	eventually(t, "it is forgotten", func() bool { return r.server.tunnels.count() == 0 })
}

func TestHandshakeIsCleanedLikeAnyRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoHeaders))
	r.start()
	r.waitVersion(1)
	h := hears(t, r.get("acme.longhouse.localhost:80", "/api/v4/websocket?x=1", "Connection", "Upgrade, X-Hop", "Upgrade", "websocket",
		"X-Hop", "dropped", "Proxy-Authorization", "dropped", "X-Forwarded-For", "10.1.1.1", "X-Real-IP", "10.1.1.1", "X-Kept", "kept",
		"Sec-WebSocket-Protocol", "chat", "Origin", "http://acme.longhouse.localhost"))
	for name, value := range map[string]string{"X-Hop": "", "Proxy-Authorization": "", "X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "",
		"X-Kept": "kept", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Protocol": "chat",
		"Origin": "http://acme.longhouse.localhost", "X-Forwarded-Host": "acme.longhouse.localhost:80"} {
		if got := strings.Join(h.Header[name], "|"); got != value {
			t.Errorf("%s: instance heard %q, want %q", name, got, value)
		}
	}
	if h.URI != "/api/v4/websocket?x=1" || h.Host != "acme.longhouse.localhost:80" {
		t.Errorf("instance heard %q of %q", h.URI, h.Host)
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

func TestWebSocketEndsWhenTheInstanceEndsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	up := websocket.Upgrader{}
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if conn, err := up.Upgrade(w, req, nil); err == nil {
			_ = conn.WriteMessage(websocket.TextMessage, []byte("bye"))
			_ = conn.Close()
		}
	})))
	r.start()
	r.waitVersion(1)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	_, last, err := conn.ReadMessage()
	must(t, err)
	begun := time.Now()
	_, _, err = conn.ReadMessage()
	if string(last) != "bye" || err == nil || time.Since(begun) > lingerLimit/2 {
		t.Errorf("got %q, then %v after %s", last, err, time.Since(begun))
	}
	_ = conn.Close()
	eventually(t, "the web socket is forgotten", func() bool { return r.server.tunnels.count() == 0 })
}

func TestDeclinedHandshakeIsPassedOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Custom", "kept")
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "dropped")
		http.Error(w, "not today", http.StatusTeapot)
	})))
	r.start()
	r.waitVersion(1)
	a := r.get("acme.longhouse.localhost", "/api/v4/websocket", "Connection", "keep-alive, Upgrade", "Upgrade", "WebSocket")
	a.want(t, http.StatusTeapot, "not today")
	if a.Header.Get("X-Custom") != "kept" || a.Header.Get("X-Hop") != "" || a.Header.Get("X-Request-Id") == "" {
		t.Errorf("header: %v", a.Header)
	}
}

func TestNoWebSocketIsOpenedWhileDraining(t *testing.T) {
	t.Parallel()
	ts := newTunnels()
	ts.closeAll()
	front, client := net.Pipe()
	back, _ := net.Pipe()
	if ts.add("ws_acme", front, back) != nil || ts.count() != 0 {
		t.Error("it was let in")
	}
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Error("its connection stays open")
	}
}

func TestWhoLeavesADeclinedHandshakeIsLetGo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route, _ := r.scripted("acme", func(int64, *http.Request) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf" // and no more
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	conn := dialEdge(t, r)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	must(t, err)
	_, err = conn.Read(make([]byte, 1))
	must(t, err)
	must(t, conn.Close())
	eventually(t, "its connection is forgotten", func() bool { return r.server.listener.count() == 0 })
}

func TestTheHeaderOfAHandshakesAnswerIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var took atomic.Int64
	route, _ := r.dying("acme", func(_ int64, conn net.Conn) {
		line := []byte("X-More: " + strings.Repeat("a", 1000) + "\r\n")
		_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n")
		for err == nil && took.Load() < 16<<20 {
			var n int
			n, err = conn.Write(line)
			took.Add(int64(n))
		}
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/", "Connection", "Upgrade", "Upgrade", "websocket").want(t, 502, "")
	if n := took.Load(); n > 4*maxUpstreamHeader {
		t.Errorf("the edge took %d bytes of a header", n)
	}
}
