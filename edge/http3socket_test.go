package edge

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// openSocket asks for a web socket over a connection of its own from the address, and returns its stream with the answer.
func (r *secureRig) openSocket(address, workspace string) (*http3.RequestStream, *http.Response) {
	r.t.Helper()
	host := workspace + ".longhouse.localhost"
	conn, err := r.dialQUIC(r.t.Context(), address, host, nil)
	must(r.t, err)
	client := (&http3.Transport{}).NewClientConn(conn)
	stream, err := client.OpenRequestStream(r.t.Context())
	must(r.t, err)
	must(r.t, stream.SetDeadline(time.Now().Add(15*time.Second)))
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodConnect, "https://"+host+"/api/v4/websocket", nil)
	must(r.t, err)
	req.Proto = "websocket"
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Origin", "https://"+host)
	must(r.t, stream.SendRequestHeader(req))
	res, err := stream.ReadResponse()
	must(r.t, err)
	return stream, res
}

// isTold reads just this.
func isTold(t *testing.T, from io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(from, got); err != nil || string(got) != want {
		t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}

func echoesOver(t *testing.T, stream *http3.RequestStream) {
	t.Helper()
	must(t, second(io.WriteString(stream, "\x81\x82\x00\x00\x00\x00hi")))
	isTold(t, stream, "\x81\x02hi")
}

func TestAWebSocketIsAStreamOfHTTP3(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	route := r.instance("acme", echoSocket)
	r.control.set(1, route)
	r.startHTTP3()
	first := func(address string) string {
		said := acmeHost + " " + address
		return fmt.Sprintf("\x81%c%s", len(said), said)
	}
	stays, answer := r.openSocket(friend, "acme")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Sec-WebSocket-Accept") != "" || answer.Header.Get("Upgrade") != "" {
		t.Fatalf("answered %d with %v", answer.StatusCode, answer.Header)
	}
	isTold(t, stays, first(friend))
	echoesOver(t, stays)
	goes, _ := r.openSocket(stranger, "acme")
	isTold(t, goes, first(stranger))

	r.control.change(2, allowing(route, friend))
	if _, err := io.ReadAll(goes); err == nil {
		t.Error("who is denied is told of a good end")
	}
	echoesOver(t, stays)
	eventually(t, "the edge forgets the one and keeps the other", func() bool { return r.server.tunnels.count() == 1 })
	if _, denied := r.openSocket(stranger, "acme"); denied.StatusCode != http.StatusForbidden {
		t.Errorf("who is denied is answered %d", denied.StatusCode)
	}

	// What the client says last arrives, and so does what is said to it.
	must(t, second(io.WriteString(stays, "\x88\x82\x00\x00\x00\x00\x03\xe8")))
	isTold(t, stays, "\x88\x02\x03\xe8")
	must(t, stays.Close())
	if rest, err := io.ReadAll(stays); err != nil || len(rest) != 0 {
		t.Errorf("then %q, %v", rest, err)
	}
	eventually(t, "the edge forgets it", func() bool { return r.server.tunnels.count() == 0 })
}

// TestNoWebSocketOverHTTP3GetsAroundTheFilter, nor is anything else that CONNECT may ask for, or an answer that is no web socket, taken for one.
func TestNoWebSocketOverHTTP3GetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f, r := newHTTP3Fortress(t)
	for name, c := range map[string]struct {
		fields           []field
		stranger, friend string
	}{
		"a web socket":             {socketFields("websocket", "/", acmeHost), "403", "200"},
		"by its other name":        {socketFields("websocket", "/", "Chat.example.com:443"), "403", "200"},
		"another workspace's":      {socketFields("websocket", "/", globexHost), "421", "421"},
		"with a key":               {socketFields("websocket", "/", acmeHost, field{Name: "sec-websocket-key", Value: "AAAA"}), "403", "200"},
		"with an exception's path": {socketFields("websocket", "/hooks/abcdefghijklmnopqrstuvwxyz", acmeHost), "403", "200"},
		"shouted":                  {socketFields("WebSocket", "/", acmeHost), "400", "400"},
		"UDP":                      {socketFields("connect-udp", "/", acmeHost), "400", "400"},
		"WebTransport":             {socketFields("webtransport", "/", acmeHost), "400", "400"},
		"no path":                  {socketFields("websocket", "", acmeHost), "", ""},
		"another method":           {append(httpsFields("GET", "/", acmeHost), field{Name: ":protocol", Value: "websocket"}), "", ""},
		"a claim":                  {socketFields("websocket", "/", acmeHost, field{Name: "x-forwarded-for", Value: friend}), "403", "200"},
	} {
		said := headers(t, c.fields)
		f.askBoth(name, func(address string) string { return r.sayHTTP3(address, acmeHost, said) }, c.stranger, c.friend)
	}
	if status := r.sayHTTP3(friend, globexHost, headers(t, socketFields("websocket", "/", globexHost))); status != "502" {
		t.Errorf("an instance that makes no web socket of it: answered %q", status)
	}
}

// TestAWebSocketOverHTTP3EndsWhereOthersDo: it is asked to come back when the edge leaves.
func TestAWebSocketOverHTTP3EndsWhereOthersDo(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", echoSocket))
	r.startHTTP3()
	stream, _ := r.openSocket(friend, "acme")
	isTold(t, stream, "\x81\x22"+acmeHost+" "+friend)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	said := make([]byte, 4)
	if _, err := io.ReadFull(stream, said); err != nil || said[0] != 0x88 || string(said[2:]) != "\x03\xf4" { // 1012
		t.Fatalf("heard %x, %v", said, err)
	}
	must(t, second(io.WriteString(stream, "\x88\x82\x00\x00\x00\x00\x03\xf4")))
	must(t, stream.Close())
	must(t, <-stopped)
}

// TestAClientThatTakesNoAnswerHoldsNobodyUp: it is put out in the midst of the answer to its handshake.
func TestAClientThatTakesNoAnswerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	reached := make(chan struct{}, 1)
	route := r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !websocket.IsWebSocketUpgrade(req) {
			return
		}
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		if conn, err := up.Upgrade(w, req, http.Header{"X-Long": {strings.Repeat("long", 10_000)}}); err == nil {
			defer conn.Close()
			reached <- struct{}{}
			_, _, _ = conn.ReadMessage()
		}
	}))
	r.control.set(1, route)
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), stranger, acmeHost, &quic.Config{InitialStreamReceiveWindow: 1, MaxStreamReceiveWindow: 1})
	must(t, err)
	r.say(conn, headers(t, socketFields("websocket", "/", acmeHost)))
	soon(t, "the instance agrees", reached)
	eventually(t, "it is a web socket", func() bool { return r.server.tunnels.count() == 1 })
	r.control.change(2, allowing(route, friend))
	eventually(t, "the edge forgets it", func() bool { return r.server.tunnels.count() == 0 })
	ask(t, r.http3Client(friend, "acme"), r.request(http.MethodGet, acmeHost, "/", nil)).want(t, http.StatusOK, "")
}
