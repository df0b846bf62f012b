package edge

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// newHTTP3Rig is an edge that is reached by HTTP/3 too.
func newHTTP3Rig(t *testing.T) *secureRig {
	t.Helper()
	r := newSecureRig(t)
	r.config.TLS.HTTP3 = true
	return r
}

// startHTTP3 begins to serve, and returns when HTTP/3 is offered.
func (r *secureRig) startHTTP3(tune ...func(*server)) {
	r.t.Helper()
	r.start(tune...)
	r.waitVersion(1)
	eventually(r.t, "HTTP/3 is offered", r.server.http3.offered.Load)
}

// packetsFrom gives a client its socket.
func packetsFrom(t testing.TB, address string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (r *secureRig) packetAddr() net.Addr {
	r.t.Helper()
	address, err := net.ResolveUDPAddr("udp", r.secureAddr())
	must(r.t, err)
	return address
}

func (r *secureRig) quicTLS(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: r.roots(), NextProtos: []string{http3.NextProtoH3}}
}

// dialQUIC connects from an address, for a host.
func (r *secureRig) dialQUIC(ctx context.Context, address, host string, config *quic.Config, tune ...func(*tls.Config)) (*quic.Conn, error) {
	r.t.Helper()
	transport := &quic.Transport{Conn: packetsFrom(r.t, address)}
	r.t.Cleanup(func() { _ = transport.Close() })
	c := r.quicTLS(host)
	for _, f := range tune {
		f(c)
	}
	return transport.Dial(ctx, r.packetAddr(), c, config)
}

// http3Client speaks HTTP/3 with one workspace, over one connection at a time, whatever host is asked for.
func (r *secureRig) http3Client(address, workspace string) *http.Client {
	transport := &http3.Transport{DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: r.roots()},
		Dial: func(ctx context.Context, _ string, _ *tls.Config, config *quic.Config) (*quic.Conn, error) {
			return r.dialQUIC(ctx, address, workspace+".longhouse.localhost", config)
		}}
	r.t.Cleanup(func() { _ = transport.Close() })
	return &http.Client{Transport: overHTTPS{transport}, Timeout: 20 * time.Second}
}

// always is a dialer that has one connection.
func always(conn *quic.Conn) func(context.Context, string, *tls.Config, *quic.Config) (*quic.Conn, error) {
	return func(context.Context, string, *tls.Config, *quic.Config) (*quic.Conn, error) { return conn, nil }
}

// overHTTPS asks by https at one place, whatever address was meant.
type overHTTPS struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (o overHTTPS) RoundTrip(r *http.Request) (*http.Response, error) {
	again := r.Clone(r.Context())
	again.URL.Scheme = "https"
	return o.RoundTripper.RoundTrip(again)
}

func TestAWorkspaceIsServedByHTTP3(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, allowing(r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Alt-Svc", `h3="elsewhere.example:443"`)
		w.Header().Set("Keep-Alive", "timeout=5")
		_, _ = io.WriteString(w, strings.Join([]string{req.Proto, req.Method, req.Host, req.RequestURI, req.Header.Get("X-Forwarded-For"), req.Header.Get("X-Forwarded-Proto"),
			strings.Join(req.TransferEncoding, ""), req.Header.Get("Content-Length")}, " "))
	})), friend))
	r.startHTTP3()
	a := ask(t, r.http3Client(friend, "acme"), r.request(http.MethodGet, "acme.longhouse.localhost", "/a%2Fb?c", nil))
	a.want(t, http.StatusOK, "HTTP/1.1 GET acme.longhouse.localhost /a%2Fb?c "+friend+" https  ")
	_, port, _ := net.SplitHostPort(r.secureAddr())
	if said := a.Header["Alt-Svc"]; a.ProtoMajor != 3 || len(said) != 1 || said[0] != `h3=":`+port+`"; ma=3600` || a.Header.Get("Keep-Alive") != "" {
		t.Errorf("%s with %v", a.Proto, a.Header)
	}
	ask(t, r.http3Client(stranger, "acme"), r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil)).want(t, http.StatusForbidden, stranger)
	metrics := r.admin("/metrics").body
	for _, line := range []string{"longhouse_edge_http3 1\n", "longhouse_edge_http3_connections 2\n", "longhouse_edge_connections 2\n", "longhouse_edge_http3_moved_total 0\n"} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %q", line)
		}
	}
	r.admin("/v1/info").want(t, http.StatusOK, `"http3":true`)
}
