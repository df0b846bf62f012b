package edge

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Browsers open web sockets over a connection of HTTP/1.1 beside that of HTTP/2.
func TestWebSocketsAndLongBodiesGoByHTTPSToo(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	length := make(chan int64, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if websocket.IsWebSocketUpgrade(req) {
			echoSocket(w, req)
			return
		}
		n, _ := io.Copy(io.Discard, req.Body)
		length <- n
	})))
	r.start()
	r.waitVersion(1)
	dialer := websocket.Dialer{NetDialTLSContext: (&tls.Dialer{Config: &tls.Config{ServerName: "acme.longhouse.localhost", RootCAs: r.roots(), NextProtos: []string{"http/1.1"}}}).DialContext}
	conn, res, err := dialer.DialContext(t.Context(), "wss://"+r.secureAddr()+"/api/v4/websocket", http.Header{"Host": {"acme.longhouse.localhost"}})
	must(t, err)
	must(t, res.Body.Close())
	must(t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	_, _, err = conn.ReadMessage() // who it is
	must(t, err)
	for _, text := range []string{"one", strings.Repeat("long", 50_000)} {
		must(t, conn.WriteMessage(websocket.TextMessage, []byte(text)))
		if _, got, err := conn.ReadMessage(); err != nil || string(got) != text {
			t.Errorf("%d bytes came back as %d, %v", len(text), len(got), err)
		}
	}
	must(t, conn.Close())
	const size = 3 << 20
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://acme.longhouse.localhost/api/v4/files", io.LimitReader(zeros{}, size))
	must(t, err)
	answer, err := r.browser().Do(req)
	must(t, err)
	must(t, answer.Body.Close())
	if n := <-length; n != size || answer.ProtoMajor != 2 {
		t.Errorf("%d bytes arrived, over %s", n, answer.Proto)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
