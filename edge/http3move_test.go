package edge

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// move has a connection go on from another address, once the edge answers there.
func move(t *testing.T, conn *quic.Conn, address string) error {
	t.Helper()
	there := &quic.Transport{Conn: packetsFrom(t, address)}
	t.Cleanup(func() { _ = there.Close() })
	path, err := conn.AddPath(there)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := path.Probe(ctx); err != nil {
		return err
	}
	return path.Switch()
}

// roamer speaks HTTP/3 with acme, from an address that changes.
func (r *secureRig) roamer(address string) (*http.Client, *quic.Conn) {
	r.t.Helper()
	conn, err := r.dialQUIC(r.t.Context(), address, acmeHost, nil)
	must(r.t, err)
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: r.roots()}, Dial: func(context.Context, string, *tls.Config, *quic.Config) (*quic.Conn, error) { return conn, nil }}
	r.t.Cleanup(func() { _ = transport.Close() })
	return &http.Client{Transport: overHTTPS{transport}, Timeout: 20 * time.Second}, conn
}

// TestAConnectionThatMovesToAnotherAddressEnds, with what was in progress on it, and nothing that it asks from there reaches the instance.
func TestAConnectionThatMovesToAnotherAddressEnds(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/poll", "/download", "/upload"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			r, acme := newHTTP3Rig(t), newSlowly()
			r.control.set(1, allowing(r.instance("acme", acme), friend))
			r.startHTTP3()
			client, conn := r.roamer(friend)
			got := r.begin(client, acme, "acme", path, "roamer")
			_ = move(t, conn, stranger) // which may hear of its end before it has switched
			hear(t, acme.left, "roamer: broken")
			hear(t, got, "broken")
			req := r.request(http.MethodGet, acmeHost, "/poll", nil)
			if res, err := client.Do(req); err == nil {
				_ = res.Body.Close()
				t.Errorf("from the other address it is answered %d", res.StatusCode)
			}
			if n := len(acme.entered); n != 0 {
				t.Errorf("the instance heard %d requests more", n)
			}
			if !strings.Contains(r.admin("/metrics").body, "longhouse_edge_http3_moved_total 1\n") {
				t.Error("the metrics don't tell")
			}
		})
	}
}

// TestAnotherPortIsNoOtherAddress: routers between change it.
func TestAnotherPortIsNoOtherAddress(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, allowing(r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.Header.Get("X-Forwarded-For"))
	})), friend))
	r.startHTTP3()
	client, conn := r.roamer(friend)
	for range 3 {
		ask(t, client, r.request(http.MethodGet, acmeHost, "/", nil)).want(t, http.StatusOK, friend)
		must(t, move(t, conn, friend))
	}
	if n := r.server.http3.moved.Load(); n != 0 {
		t.Errorf("%d connections have moved", n)
	}
}
