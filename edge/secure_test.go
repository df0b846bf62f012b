package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
	"github.com/longhouse-dev/longhouse/edge/feed"
)

// secureRig is an edge that is reached by https, whose control plane signs.
type secureRig struct {
	*rig
	signer *certstest.Control
}

func newSecureRig(t *testing.T) *secureRig {
	t.Helper()
	r := &secureRig{rig: newRig(t), signer: certstest.NewControl(t, "longhouse.localhost")}
	mux := http.NewServeMux()
	r.signer.Handle(mux)
	stream := r.control.Config.Handler
	mux.Handle(feed.Path, stream)
	r.control.Config.Handler = mux
	r.config.TLS.Listen = "127.0.0.1:0"
	return r
}

func setupSecure(t *testing.T, slugs ...string) *secureRig {
	t.Helper()
	r := newSecureRig(t)
	var routes []feed.Route
	for _, slug := range slugs {
		routes = append(routes, r.instance(slug, says("this is "+slug)))
	}
	r.control.set(1, routes...)
	r.start()
	r.waitVersion(1)
	return r
}

func (r *secureRig) secureAddr() string { return r.server.secure.listener.Addr().String() }

func (r *secureRig) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.signer.Root)
	return pool
}

// browser trusts the authority and finds every host at the edge.
func (r *secureRig) browser(tune ...func(*tls.Config)) *http.Client {
	config := &tls.Config{RootCAs: r.roots()}
	for _, f := range tune {
		f(config)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", r.secureAddr())
	}}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func (r *secureRig) ask(client *http.Client, host, target string) *answerOf {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, target, nil)
	must(r.t, err)
	if host != "" {
		req.Host = host
	}
	res, err := client.Do(req)
	must(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &answerOf{Response: res, body: string(body), err: err}
}

// shake does a handshake and returns what came of it.
func (r *secureRig) shake(config *tls.Config) (tls.ConnectionState, error) {
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: 20 * time.Second}, Config: config}
	conn, err := dialer.DialContext(r.t.Context(), "tcp", r.secureAddr())
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState(), nil
}

func TestAWorkspaceIsServedByHTTPS(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.Header.Get("X-Forwarded-Proto")+" "+req.Host)
	})))
	r.start()
	r.waitVersion(1)
	a := r.ask(r.browser(), "", "https://acme.longhouse.localhost/")
	a.want(t, http.StatusOK, "https acme.longhouse.localhost")
	if a.ProtoMajor != 2 {
		t.Errorf("served over %s", a.Proto)
	}
	var info Info
	must(t, json.Unmarshal([]byte(r.admin("/v1/info").body), &info))
	if info.ListenTLS != r.secureAddr() {
		t.Errorf("info tells of %q", info.ListenTLS)
	}
	metrics := r.admin("/metrics").body
	for _, line := range []string{"longhouse_edge_tls_certificates 1\n", "longhouse_edge_tls_issued_total 1\n", `longhouse_edge_tls_late_certificates{days="30"} 0`, "longhouse_edge_tls_earliest_expiry_timestamp_seconds 1"} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %q", line)
		}
	}
}

func TestAHandshakeForNobodyFails(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	for name, sni := range map[string]string{"none": "", "unknown": "other.longhouse.localhost", "base domain": "longhouse.localhost", "above": "localhost",
		"below": "a.acme.longhouse.localhost", "not a host": "acme_.longhouse.localhost"} {
		_, err := r.shake(&tls.Config{ServerName: sni, InsecureSkipVerify: true})
		if err == nil || !strings.HasSuffix(err.Error(), "tls: unrecognized name") {
			t.Errorf("%s: %v", name, err)
		}
	}
	metrics := r.admin("/metrics").body
	for _, line := range []string{`longhouse_edge_tls_refusals_total{reason="no_name"} 1`, `longhouse_edge_tls_refusals_total{reason="unknown_name"} 5`, "longhouse_edge_tls_issued_total 0"} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("metrics lack %q", line)
		}
	}
	if strings.Contains(r.logs.String(), "handshake") {
		t.Errorf("who scans ports fills the log:\n%s", r.logs)
	}
}

// A session that was made for a host that is gone by now opens nothing.
func TestASessionIsNotResumedForNobody(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	sessions := tls.NewLRUClientSessionCache(1)
	config := &tls.Config{ServerName: "acme.longhouse.localhost", RootCAs: r.roots(), ClientSessionCache: sessions, MaxVersion: tls.VersionTLS12}
	_, err := r.shake(config)
	must(t, err)
	if state, err := r.shake(config); err != nil || !state.DidResume {
		t.Fatalf("resumed: %t, %v", state.DidResume, err)
	}
	gone := routeTo("acme", "/nowhere")
	gone.State = feed.StateGone
	r.control.change(2, gone)
	r.waitVersion(2)
	if state, err := r.shake(config); err == nil {
		t.Errorf("the handshake went through; resumed: %t", state.DidResume)
	}
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	for version, taken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		state, err := r.shake(&tls.Config{ServerName: "acme.longhouse.localhost", RootCAs: r.roots(), MinVersion: version, MaxVersion: version})
		if (err == nil) != taken || taken && state.Version != version {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
	for _, suite := range tls.InsecureCipherSuites() {
		if _, err := r.shake(&tls.Config{ServerName: "acme.longhouse.localhost", RootCAs: r.roots(), MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}}); err == nil {
			t.Errorf("%s is taken", suite.Name)
		}
	}
}

// Two tenants' workspaces are served by one edge. Whoever may only reach one of them must not come to the other one over its name.
func TestAConnectionIsForOneWorkspace(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	both := r.instance("acme", says("acme"))
	both.Hosts = append(both.Hosts, "chat.acme.example")
	r.control.set(1, both, r.instance("rival", says("rival")))
	r.start()
	r.waitVersion(1)
	one := func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }
	for name, client := range map[string]*http.Client{"HTTP/2": r.browser(), "HTTP/1.1": r.browser(one)} {
		r.ask(client, "rival.longhouse.localhost", "https://acme.longhouse.localhost/").want(t, http.StatusMisdirectedRequest, "another workspace")
		r.ask(client, "RIVAL.longhouse.localhost.:443", "https://acme.longhouse.localhost/").want(t, http.StatusMisdirectedRequest, "another workspace")
		r.ask(client, "nobody.longhouse.localhost", "https://acme.longhouse.localhost/").want(t, http.StatusMisdirectedRequest, "another workspace")
		r.ask(client, "chat.acme.example", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "acme")
		r.ask(client, "ACME.longhouse.localhost:443", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "acme")
		if t.Failed() {
			t.Log(name)
		}
	}
}

func TestACertificateIsForItsHostAlone(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme", "rival")
	for _, slug := range []string{"acme", "rival", "acme"} {
		state, err := r.shake(&tls.Config{ServerName: slug + ".longhouse.localhost", RootCAs: r.roots()})
		must(t, err)
		if names := state.PeerCertificates[0].DNSNames; len(names) != 1 || names[0] != slug+".longhouse.localhost" {
			t.Errorf("%s is shown %q", slug, names)
		}
	}
}

func TestAnEdgeServesItsCertificatesWithoutTheControlPlane(t *testing.T) {
	t.Parallel()
	r := setupSecure(t, "acme")
	r.ask(r.browser(), "", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "this is acme")
	must(t, r.stop())
	r.control.CloseClientConnections()
	r.control.Close()
	r.start()
	eventually(t, "routes", r.server.keeper.table.Ready)
	r.ask(r.browser(), "", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "this is acme")
}

func TestPlainHTTPIsSentToHTTPSWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	r.control.set(1, r.instance("acme", says("acme")))
	r.config.TLS.Redirect = true
	r.start()
	r.waitVersion(1)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for host, want := range map[string]string{"acme.longhouse.localhost": "https://acme.longhouse.localhost" + r.server.secure.port() + "/a?b=//c", "nobody.longhouse.localhost": ""} {
		a := r.ask(client, host, "http://"+r.addr()+"/a?b=//c")
		if status := map[bool]int{true: http.StatusPermanentRedirect, false: http.StatusNotFound}[want != ""]; a.StatusCode != status || a.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q", host, a.StatusCode, a.Header.Get("Location"))
		}
	}
	r.ask(r.browser(), "", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "acme")
}

func TestTLSSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]TLS{
		"of no use without an address": {Redirect: true},
		`TLS listen address "here"`:    {Listen: "here"},
		"HSTS for 1.5s":                {Listen: "127.0.0.1:0", Strict: 1500 * time.Millisecond},
	} {
		if err := c.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// What is let through is a host name in lower case, the same one that a Host header of that name means.
func FuzzServerName(f *testing.F) {
	for _, seed := range []string{"acme.longhouse.localhost", "A.Example", "a.example.", "a:443", "[::1]", "127.0.0.1", "0x7f.1", "a..b", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sni string) {
		host, ok := serverName(sni)
		if !ok {
			return
		}
		if canonical, err := canonicalHost(sni); err != nil || canonical != host || strings.ToLower(host) != host || strings.HasSuffix(sni, ".") || net.ParseIP(sni) != nil {
			t.Fatalf("%q became %q; as a Host it is %q, %v", sni, host, canonical, err)
		}
		if again, ok := serverName(host); !ok || again != host {
			t.Fatalf("%q became %q, and that %q", sni, host, again)
		}
	})
}
