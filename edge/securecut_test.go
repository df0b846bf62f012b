package edge

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// overTLS dials the edge's listener for https from an address, for a host, whatever address is asked for.
func (r *secureRig) overTLS(address, host, protocol string) dialer {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := dialFrom(address)(ctx, network, r.secureAddr())
		if err != nil {
			return nil, err
		}
		secured := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: r.roots(), NextProtos: []string{protocol}})
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secured, nil
	}
}

// secureClient speaks this version of HTTP with one workspace, over as few connections as it can.
func (r *secureRig) secureClient(version int, address, workspace string) *http.Client {
	if version == 3 {
		return r.http3Client(address, workspace)
	}
	client := r.clientOver(version, address)
	protocol := map[int]string{1: "http/1.1", 2: "h2"}[version]
	client.Transport.(*http.Transport).DialContext = r.overTLS(address, workspace+".longhouse.localhost", protocol)
	return client
}

func TestASaveCutsRequestsOverTLS(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 3; version++ {
		for _, path := range []string{"/poll", "/download", "/upload"} {
			t.Run(fmt.Sprintf("HTTP%d%s", version, path), func(t *testing.T) {
				t.Parallel()
				r, acme, globex := newHTTP3Rig(t), newSlowly(), newSlowly()
				route := r.instance("acme", acme)
				r.control.set(1, route, r.instance("globex", globex))
				r.startHTTP3()
				denied := r.secureClient(version, stranger, "acme")
				stranger1 := r.begin(denied, acme, "acme", path, "stranger1")
				stranger2 := r.begin(denied, acme, "acme", path, "stranger2")
				elsewhere := r.begin(r.secureClient(version, stranger, "globex"), globex, "globex", path, "elsewhere")
				stays := r.begin(r.secureClient(version, friend, "acme"), acme, "acme", path, "friend")

				r.control.change(2, allowing(route, friend))
				hear(t, acme.left, "stranger1: broken", "stranger2: broken")
				hear(t, stranger1, "broken")
				hear(t, stranger2, "broken")
				close(acme.release)
				close(globex.release)
				hear(t, acme.left, "friend: finished")
				hear(t, globex.left, "elsewhere: finished")
				hear(t, stays, "finished")
				hear(t, elsewhere, "finished")
			})
		}
	}
}

func (r *secureRig) secureSocket(address string) *websocket.Conn {
	r.t.Helper()
	const host = "acme.longhouse.localhost"
	d := websocket.Dialer{NetDialTLSContext: r.overTLS(address, host, "http/1.1"), HandshakeTimeout: 10 * time.Second}
	conn, _, err := d.DialContext(r.t.Context(), "wss://"+host+"/api/v4/websocket", nil)
	must(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	must(r.t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	_, _, err = conn.ReadMessage()
	must(r.t, err)
	return conn
}

func echoes(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	must(t, conn.WriteMessage(websocket.TextMessage, []byte("still here")))
	if _, said, err := conn.ReadMessage(); err != nil || string(said) != "still here" {
		t.Errorf("who is allowed hears %q, %v", said, err)
	}
}

func TestASaveCutsWebSocketsOverTLS(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	route := r.instance("acme", echoSocket)
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	stays, goes := r.secureSocket(friend), r.secureSocket(stranger)
	r.control.change(2, allowing(route, friend))
	ended(t, goes)
	echoes(t, stays)
	eventually(t, "the edge forgets the one and keeps the other", func() bool { return r.server.tunnels.count() == 1 })
}

// A fence closes what is under way over TLS, and connections on which nothing is.
func TestAFenceClosesConnectionsOverTLS(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if websocket.IsWebSocketUpgrade(req) {
			echoSocket(w, req)
			return
		}
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	})))
	r.startHTTP3()
	socket := r.secureSocket(friend)
	dial := r.overTLS(friend, "acme.longhouse.localhost", "http/1.1")
	idle, err := dial(t.Context(), "tcp", "")
	must(t, err)
	defer idle.Close()
	var answers []*http.Response
	for version := 1; version <= 3; version++ {
		res, err := r.secureClient(version, friend, "acme").Do(r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil))
		must(t, err)
		defer res.Body.Close()
		must(t, second(io.ReadFull(res.Body, make([]byte, 5))))
		answers = append(answers, res)
	}
	r.control.with(func() { r.control.fenced = true })
	r.control.CloseClientConnections() // as the control plane does when it fences
	ended(t, socket)
	for _, res := range answers {
		if _, err := io.ReadAll(res.Body); err == nil {
			t.Errorf("%s: the answer came to a good end", res.Proto)
		}
	}
	must(t, idle.SetReadDeadline(time.Now().Add(10*time.Second)))
	if _, err := idle.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the idle connection is open: %v", err)
	}
	again, err := dial(t.Context(), "tcp", "")
	must(t, err)
	defer again.Close()
	_, err = io.WriteString(again, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(again), nil)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a fenced edge answers %d", res.StatusCode)
	}
}
