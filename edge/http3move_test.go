package edge

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// relay is a router between a client and the edge, which has the client come from another address, or port, from one packet to the next.
type relay struct {
	t      *testing.T
	client *net.UDPConn // for the client
	edge   net.Addr
	from   atomic.Pointer[net.UDPAddr] // the client
	out    atomic.Pointer[net.UDPConn] // to the edge

	deaf    atomic.Bool // nothing of what the edge says reaches the client
	unheard atomic.Int64
}

func newRelay(t *testing.T, edge net.Addr, address string) *relay {
	t.Helper()
	y := &relay{t: t, client: packetsFrom(t, friend), edge: edge}
	y.move(address)
	go func() {
		for packet := make([]byte, 64<<10); ; {
			n, from, err := y.client.ReadFromUDP(packet)
			if err != nil {
				return
			}
			y.from.Store(from)
			_, _ = y.out.Load().WriteTo(packet[:n], y.edge)
		}
	}()
	return y
}

// move has packets come from a socket of this address from now on. What is sent to the one before is lost.
func (y *relay) move(address string) {
	y.t.Helper()
	out := packetsFrom(y.t, address)
	if before := y.out.Swap(out); before != nil {
		_ = before.Close()
	}
	go func() {
		for packet := make([]byte, 64<<10); ; {
			n, _, err := out.ReadFrom(packet)
			if err != nil {
				return
			}
			if y.deaf.Load() {
				y.unheard.Add(1)
				continue
			}
			_, _ = y.client.WriteTo(packet[:n], y.from.Load())
		}
	}()
}

// roamer speaks HTTP/3 with acme, over one connection, from an address that changes.
func (r *secureRig) roamer(address string) (*http.Client, *relay) {
	r.t.Helper()
	between := newRelay(r.t, r.packetAddr(), address)
	transport := &quic.Transport{Conn: packetsFrom(r.t, friend)}
	r.t.Cleanup(func() { _ = transport.Close() })
	conn, err := transport.Dial(r.t.Context(), between.client.LocalAddr(), r.quicTLS(acmeHost),
		&quic.Config{KeepAlivePeriod: 20 * time.Millisecond}) // it has something to say wherever it is
	must(r.t, err)
	over := &http3.Transport{Dial: always(conn)}
	r.t.Cleanup(func() { _ = over.Close() })
	return &http.Client{Transport: overHTTPS{over}, Timeout: 20 * time.Second}, between
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
			client, between := r.roamer(friend)
			got := r.begin(client, acme, "acme", path, "roamer")
			between.move(stranger)
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
	client, between := r.roamer(friend)
	for range 3 {
		ask(t, client, r.request(http.MethodGet, acmeHost, "/", nil)).want(t, http.StatusOK, friend)
		between.move(friend)
	}
	if n := r.server.http3.moved.Load(); n != 0 {
		t.Errorf("%d connections have moved", n)
	}
}
