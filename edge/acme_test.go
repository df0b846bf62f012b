package edge

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs"
	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
)

// Both of an ACME server's checks come to the edge itself, of which one listener at a time is where the server looks. An edge that sends
// who comes in plain to https answers the check all the same, and nobody's workspace is asked about it.
func TestAnEdgeAnswersTheChecksOfAnACMEServer(t *testing.T) {
	t.Parallel()
	for slug, check := range map[string]string{"by-http": "HTTP-01", "by-tls": "TLS-ALPN-01"} { // certmagic keeps checks by name for the whole process
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			r := newSecureRig(t)
			asked := make(chan string, 8)
			r.control.set(1, r.instance(slug, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { asked <- req.URL.Path })))
			r.config.Listener, r.config.TLS.Listener = local(t), local(t)
			nobody := local(t)
			plain, secure := r.config.Listener, r.config.TLS.Listener
			if check == "HTTP-01" {
				secure = nobody
			} else {
				plain = nobody
			}
			must(t, nobody.Close())
			server := certstest.NewACME(t, portIn(plain), portIn(secure), 90*24*3600)
			r.config.TLS.ACME = certs.ACME{Directory: server.Directory, Email: "ops@example.com", RootsFile: server.RootsFile}
			r.config.TLS.Redirect = true
			r.start()
			r.waitVersion(1)
			await(t, func() error { // the server may have tried the other check first, for longer than a handshake waits
				_, err := r.shake(&tls.Config{ServerName: slug + ".longhouse.localhost", RootCAs: server.Roots})
				return err
			})
			select {
			case path := <-asked:
				t.Errorf("the workspace was asked for %s", path)
			default:
			}
			orders := server.Orders.Load()
			if _, err := r.shake(&tls.Config{ServerName: "other.longhouse.localhost", RootCAs: server.Roots}); err == nil || server.Orders.Load() != orders {
				t.Errorf("a host without a route: %v, %d orders more", err, server.Orders.Load()-orders)
			}
			if metrics := r.admin("/metrics").body; !strings.Contains(metrics, "longhouse_edge_tls_issued_total 1\n") {
				t.Error("it is not counted")
			}
		})
	}
}

func await(t *testing.T, do func() error) {
	t.Helper()
	deadline, tick := time.After(2*time.Minute), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for err := do(); err != nil; err = do() {
		select {
		case <-deadline:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

func local(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func portIn(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
