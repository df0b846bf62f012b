package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
)

// A check is by HTTP-01 where nobody answers on the port for TLS, and by TLS-ALPN-01 where nobody answers in plain.
const (
	everyWay = iota
	plainOnly
	secureOnly
	noWay
)

// rigs counts them, as each has names of its own: what a name's check is answered with certmagic keeps for the whole process.
var rigs atomic.Int64

// acmeRig is an edge whose certificates come from an ACME server.
type acmeRig struct {
	*rig
	host, other   string
	acme          *certstest.ACME
	plain, secure net.Listener
}

func newACMERig(t *testing.T, way int, seconds uint64) *acmeRig {
	t.Helper()
	r := &acmeRig{rig: newRig(t), plain: listen(t), secure: listen(t)}
	n := rigs.Add(1)
	r.host, r.other = fmt.Sprintf("a%d.longhouse.localhost", n), fmt.Sprintf("b%d.longhouse.localhost", n)
	r.hosts.set(r.host, r.other)
	_, plain := hostPort(r.plain.Addr())
	_, secure := hostPort(r.secure.Addr())
	nobody := listen(t)
	_, closed := hostPort(nobody.Addr())
	must(t, nobody.Close())
	switch way {
	case plainOnly:
		secure = closed
	case secureOnly:
		plain = closed
	case noWay:
		plain, secure = closed, closed
	}
	r.acme = certstest.NewACME(t, plain, secure, seconds)
	r.config.ACME = ACME{Directory: r.acme.Directory, Email: "ops@example.com", RootsFile: r.acme.RootsFile}
	must(t, r.config.ACME.Validate())
	r.config.Plain, r.config.Secure = r.plain.Addr(), r.secure.Addr()
	return r
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serve answers on both listeners as an edge does.
func (r *acmeRig) serve(tune ...func(*Certs)) {
	r.t.Helper()
	r.start(tune...)
	e := r.certs
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.TLS != nil || !e.Answer(w, req) {
			_, _ = io.WriteString(w, "the workspace")
		}
	})
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: append([]string{"http/1.1"}, Protocols()...),
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return e.For(hello.Context(), hello, hello.ServerName)
		}}
	for _, l := range []net.Listener{r.plain, tls.NewListener(r.secure, config)} {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = server.Serve(l) }()
		r.t.Cleanup(func() { _ = server.Close() })
	}
}

func (r *acmeRig) dial(host string) (*tls.Conn, error) {
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: &tls.Config{ServerName: host, RootCAs: r.acme.Roots, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(r.t.Context(), "tcp", r.secure.Addr().String())
	if err != nil {
		return nil, err
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn.(*tls.Conn), nil
}

// await does something again until it succeeds: a server may try the check that can't succeed first, for longer than a handshake waits.
func await(t *testing.T, do func() error) {
	t.Helper()
	deadline, tick := time.After(2*firstOfIssuer), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for err := do(); err != nil; err = do() {
		select {
		case <-deadline:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

func TestAnACMEServerIssuesByEachOfItsChecks(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]int{"HTTP-01": plainOnly, "TLS-ALPN-01": secureOnly, "whichever it likes": everyWay} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newACMERig(t, way, 90*24*3600)
			r.serve()
			await(t, func() error { // its roots and its name are checked here
				_, err := r.dial(r.host)
				return err
			})
			if f := r.certs.Figures(); f.Issued != 1 || f.Held != 1 {
				t.Errorf("figures: %+v", f)
			}
		})
	}
}

// A certificate that ends soon is renewed. Connections that are open stay, and new ones get the new one.
func TestARenewalOverACMEDropsNoConnection(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, everyWay, 1200)
	r.serve(func(e *Certs) { e.every = 50 * time.Millisecond }) // and what ends within half an hour is always due
	open, err := r.dial(r.host)
	must(t, err)
	first := open.ConnectionState().PeerCertificates[0]
	must(t, open.SetDeadline(time.Now().Add(30*time.Second)))
	client := http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return open, nil }}
	t.Cleanup(client.CloseIdleConnections)
	asks := func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.host+"/", nil)
		must(t, err)
		res, err := client.RoundTrip(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "the workspace" {
			return errors.New("got " + string(body))
		}
		return nil
	}
	must(t, asks())
	var renewed *x509.Certificate
	eventually(t, "another certificate", func() bool {
		conn, err := r.dial(r.host)
		must(t, err)
		renewed = conn.ConnectionState().PeerCertificates[0]
		return !renewed.Equal(first)
	})
	must(t, asks())
	if renewed.PublicKeyAlgorithm != first.PublicKeyAlgorithm || r.certs.Figures().Issued < 2 {
		t.Errorf("figures: %+v", r.certs.Figures())
	}
}

func TestAnACMEServerThatRefusesIsHeardOnce(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, everyWay, 3600)
	r.acme.Block(t, r.host)
	r.serve()
	for range 5 {
		if _, err := r.dial(r.host); err == nil {
			t.Error("a certificate was issued")
		}
	}
	if said := r.logs.String(); strings.Count(said, "level=WARN") != 1 || !strings.Contains(said, "rejectedIdentifier") || !strings.Contains(said, "host="+r.host) {
		t.Errorf("the log says:\n%s", said)
	}
	if f := r.certs.Figures(); f.Failures[Issuer] != 1 || r.acme.Orders.Load() != 1 {
		t.Errorf("figures: %+v after %d orders", f, r.acme.Orders.Load())
	}
	_, err := r.dial(r.other) // nobody else is any the worse
	must(t, err)
}

// A name that leads elsewhere: the server's check finds nobody.
func TestACheckThatFindsNobodyIsSaid(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, noWay, 3600)
	r.serve()
	if _, err := r.dial(r.host); err == nil {
		t.Error("a certificate was issued")
	}
	eventually(t, "a reason", func() bool { return r.certs.Figures().Failures[Issuer] == 1 })
	if said := r.logs.String(); !strings.Contains(said, "urn:ietf:params:acme:error:") {
		t.Errorf("the log says:\n%s", said)
	}
}

func TestEdgesShareWhatACMEServersIssue(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, everyWay, 90*24*3600)
	r.serve()
	_, err := r.dial(r.host)
	must(t, err)
	first, orders := r.certs.find(r.host), r.acme.Orders.Load()
	r.config.Dir = filepath.Join(t.TempDir(), "other")
	r.start()
	second, err := r.get(r.host)
	must(t, err)
	if !second.Equal(first.Leaf) || r.acme.Orders.Load() != orders {
		t.Errorf("%d orders", r.acme.Orders.Load())
	}
}

// The server's check may arrive at another edge than the one that asked.
func TestACheckIsAnsweredByAnyEdge(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, plainOnly, 3600)
	r.config.Dir = filepath.Join(t.TempDir(), "other")
	r.serve() // the one that answers
	other := listen(t)
	r.config.Dir, r.config.Plain = filepath.Join(t.TempDir(), "asks"), other.Addr()
	r.start()
	await(t, func() error {
		leaf, err := r.get(r.host)
		if err != nil {
			return err
		}
		return leaf.VerifyHostname(r.host)
	})
}

// What an edge is to answer it learns from what edges share, and not only of itself: in one process certmagic tells all of them.
func TestACheckThatIsOnlySharedIsAnswered(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, plainOnly, 3600)
	r.serve()
	began := acme.Challenge{Type: acme.ChallengeTypeHTTP01, Token: "token", KeyAuthorization: "token.thumbprint", Identifier: acme.Identifier{Type: "dns", Value: r.host}}
	text, err := json.Marshal(began)
	must(t, err)
	key := path.Join("acme", certmagic.StorageKeys.Safe(r.certs.magic.Issuers[0].IssuerKey()), "challenge_tokens", r.host+".json")
	ask := func() string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.plain.Addr().String()+began.HTTP01ResourcePath(), nil)
		must(t, err)
		req.Host = r.host
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		return string(body)
	}
	if got := ask(); got != "the workspace" {
		t.Errorf("what nobody has begun is answered %q", got)
	}
	must(t, newShared(r.control.URL, r.config.TokenFile).Store(t.Context(), key, text)) // another edge
	if got := ask(); got != began.KeyAuthorization {
		t.Errorf("it is answered %q", got)
	}
}
