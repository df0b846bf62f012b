package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// anotherHTTP3 is a front beside the edge's own, for its routes.
func (r *secureRig) anotherHTTP3() *http3Front {
	r.t.Helper()
	c := r.config
	c.TLS.HTTP3 = true
	j, err := openJournal(c.StateDir)
	must(r.t, err)
	f, err := openHTTP3(c, r.server.secure, j)
	must(r.t, err)
	f.handler = says("here")
	return f
}

// serveHTTP3 serves until die is called, which takes the socket away.
func serveHTTP3(t *testing.T, f *http3Front) (die func()) {
	t.Helper()
	conn, err := net.ListenPacket("udp", f.address)
	must(t, err)
	leave, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.serve(leave, leave, conn) }()
	return func() {
		_ = conn.Close()
		if err := <-ended; err == nil {
			t.Error("it ended well")
		}
		stop()
	}
}

// TestConnectionsOfAnEdgeThatDiedEndAtOnce, as soon as the next process is asked for something over them.
func TestConnectionsOfAnEdgeThatDiedEndAtOnce(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	serve := func() (die func()) { return serveHTTP3(t, r.anotherHTTP3()) }
	die := serve()
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, &quic.Config{MaxIdleTimeout: time.Minute})
	must(t, err)
	stream := r.sendSome(conn, 1<<10)
	must(t, stream.Close())
	if status := statusOf(stream); status != "200" { // by now the client has heard that the handshake is over
		t.Fatalf("answered %q", status)
	}
	die()
	defer serve()()
	r.sendSome(conn, 1<<10)
	soon(t, "the client hears of it", conn.Context().Done())
	var reset *quic.StatelessResetError
	if err := context.Cause(conn.Context()); !errors.As(err, &reset) {
		t.Errorf("it heard %v", err)
	}
}

// TestEachTimeThatHTTP3IsNotOfferedIsSaidOnce, however often it was offered before.
func TestEachTimeThatHTTP3IsNotOfferedIsSaidOnce(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	f := r.anotherHTTP3()
	for times := 1; times <= 2; times++ {
		for range 3 {
			f.without(net.ErrClosed)
		}
		if n := strings.Count(r.logs.String(), "HTTP/3 is not offered"); n != times {
			t.Errorf("it was said %d times, want %d", n, times)
		}
		die := serveHTTP3(t, f)
		eventually(t, "it is offered", f.offered.Load)
		die()
	}
}

// TestASessionOverQUICIsNotResumedForNobody: a session that was made for a host that is gone by now opens nothing.
func TestASessionOverQUICIsNotResumedForNobody(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.startHTTP3()
	sessions := tls.NewLRUClientSessionCache(1)
	dial := func() (*quic.Conn, error) {
		return r.dialQUIC(t.Context(), friend, acmeHost, nil, func(c *tls.Config) { c.ClientSessionCache = sessions })
	}
	_, err := dial()
	must(t, err)
	eventually(t, "a session to resume", func() bool { s, ok := sessions.Get(acmeHost); return ok && s != nil })
	if conn, err := dial(); err != nil || !conn.ConnectionState().TLS.DidResume {
		t.Fatalf("it is not resumed: %v", err)
	}
	gone := routeTo("acme", "/nowhere")
	gone.State = feed.StateGone
	r.control.change(2, gone)
	r.waitVersion(2)
	if conn, err := dial(); err == nil {
		stream, err := conn.OpenStream()
		must(t, err)
		_ = stream.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(stream); err == nil {
			t.Error("the handshake went through")
		}
		soon(t, "the connection ends", conn.Context().Done())
	}
}

// TestAClientOverHTTP3MayAskFirst, and sends its body when the instance wants it.
func TestAClientOverHTTP3MayAskFirst(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil || string(body) != "the body" {
			w.WriteHeader(http.StatusTeapot)
		}
	})))
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
	must(t, err)
	stream := r.say(conn, headers(t, httpsFields("POST", "/", acmeHost, field{Name: "expect", Value: "100-continue"}, field{Name: "content-length", Value: "8"})))
	must(t, stream.SetDeadline(time.Now().Add(10*time.Second)))
	if status := statusOf(stream); status != "100" {
		t.Fatalf("answered %q", status)
	}
	must(t, second(stream.Write(frame(dataOf, []byte("the body")))))
	must(t, stream.Close())
	if status := statusOf(stream); status != "200" {
		t.Errorf("answered %q", status)
	}
}
