package edge

import (
	"bufio"
	"io"
	"net"
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

// What a client sends right behind its handshake must reach the instance, and not be taken for a second request.
func TestFramesSentWithTheHandshakeArrive(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t)
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	maskedHi := "\x81\x82\x00\x00\x00\x00hi"
	_, err = io.WriteString(conn, "GET /api/v4/websocket HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"+maskedHi)
	must(t, err)
	answers := bufio.NewReader(conn)
	for {
		line, err := answers.ReadString('\n')
		must(t, err)
		if line == "\r\n" {
			break
		}
	}
	const first = "\x81\x22acme.longhouse.localhost 127.0.0.1"
	got := make([]byte, len(first)+4)
	_, err = io.ReadFull(answers, got)
	must(t, err)
	if string(got) != first+"\x81\x02hi" {
		t.Errorf("got %q", got)
	}
}

func TestSlowWebSocketSlowsTheInstanceDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	up := websocket.Upgrader{}
	sent := make(chan int, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		conn, err := up.Upgrade(w, req, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		total, message := 0, make([]byte, 64<<10)
		for total < 256<<20 {
			_ = conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			if conn.WriteMessage(websocket.BinaryMessage, message) != nil {
				break
			}
			total += len(message)
		}
		sent <- total
	})))
	r.start()
	r.waitVersion(1)
	r.dialSocket("acme.longhouse.localhost") // and reads nothing
	if total := <-sent; total > 64<<20 {
		t.Errorf("somebody buffered %d MiB for a client that doesn't read", total>>20)
	}
}

func TestOnlyARealHandshakeIsAWebSocket(t *testing.T) {
	t.Parallel()
	real := func() *http.Request {
		return &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}}}
	}
	if !isWebSocket(real()) {
		t.Fatal("a real one isn't")
	}
	for name, spoil := range map[string]func(*http.Request){
		"post":        func(r *http.Request) { r.Method = http.MethodPost },
		"http 1.0":    func(r *http.Request) { r.ProtoMinor = 0 },
		"length":      func(r *http.Request) { r.ContentLength = 5 },
		"chunked":     func(r *http.Request) { r.ContentLength, r.TransferEncoding = -1, []string{"chunked"} },
		"h2c":         func(r *http.Request) { r.Header["Upgrade"] = []string{"h2c"} },
		"two":         func(r *http.Request) { r.Header["Upgrade"] = []string{"websocket", "h2c"} },
		"list":        func(r *http.Request) { r.Header["Upgrade"] = []string{"websocket, h2c"} },
		"not hop":     func(r *http.Request) { r.Header["Connection"] = []string{"keep-alive"} },
		"nothing":     func(r *http.Request) { delete(r.Header, "Upgrade") },
		"similar":     func(r *http.Request) { r.Header["Connection"] = []string{"upgraded"} },
		"no sequence": func(r *http.Request) { delete(r.Header, "Connection") },
	} {
		r := real()
		if spoil(r); isWebSocket(r) {
			t.Errorf("%s is", name)
		}
	}
}
