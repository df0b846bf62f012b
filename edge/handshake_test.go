package edge

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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
	genuine := func() *http.Request {
		return &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}}}
	}
	if !isWebSocket(genuine()) {
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
		r := genuine()
		if spoil(r); isWebSocket(r) {
			t.Errorf("%s is", name)
		}
	}
}
