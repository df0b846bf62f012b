package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs"
)

// TLS is what an edge needs to know to be reached by https. Without a listener it isn't.
type TLS struct {
	// Listen is host:port; port 0 takes a free one, which /v1/info tells. Empty, and no Listener: no TLS. Unused with Listener.
	Listen string
	// Listener is one that was inherited from the process before. Run closes it.
	Listener net.Listener
	// ACME is who issues certificates; without a directory it is the control plane's local authority.
	ACME certs.ACME
	// HTTP3 offers it beside the others, at the UDP port of the same number.
	HTTP3 bool
	// Redirect sends who asks in plain to https.
	Redirect bool
	// Strict is for how long browsers that came by https come by nothing else (HSTS, RFC 6797), in whole seconds; 0: they are told nothing.
	Strict time.Duration
}

const strictHeader = "Strict-Transport-Security"

// strict is the header's value; no host but the one that was asked for is bound by it.
func (t TLS) strict() []string {
	if t.Strict == 0 {
		return nil
	}
	return []string{fmt.Sprintf("max-age=%d", t.Strict/time.Second)}
}

func (t TLS) on() bool { return t.Listen != "" || t.Listener != nil }

func (t TLS) validate() error {
	if !t.on() {
		if t.HTTP3 || t.Redirect || t.Strict != 0 || t.ACME != (certs.ACME{}) {
			return errors.New("TLS: HTTP/3, redirection, HSTS and ACME are of no use without an address to listen on")
		}
		return nil
	}
	if _, _, err := net.SplitHostPort(t.Listen); t.Listener == nil && err != nil {
		return fmt.Errorf("TLS listen address %q: allowed is host:port", t.Listen)
	}
	if t.Strict < 0 || t.Strict%time.Second != 0 {
		return fmt.Errorf("HSTS for %s: allowed are whole seconds, or 0 for none", t.Strict)
	}
	return t.ACME.Validate()
}

// Why a handshake comes to nothing.
const (
	noName        = "no_name"
	unknownName   = "unknown_name"
	noCertificate = "no_certificate"
)

var handshakeRefusals = []string{noName, unknownName, noCertificate}

// secure is the TLS side of an edge.
type secure struct {
	listener *crowd
	certs    *certs.Certs
	table    *Table
	log      *slog.Logger
	refused  map[string]*atomic.Int64
}

// hostsOf is the table as those see it who have certificates issued.
type hostsOf struct{ *Table }

func (h hostsOf) Has(host string) bool { return h.Lookup(host) != nil }

// openSecure listens beside the plain listener, with which it shares the places.
func openSecure(ctx context.Context, c Config, plain *crowd, table *Table) (*secure, error) {
	l := c.TLS.Listener
	if l == nil {
		var err error
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", c.TLS.Listen); err != nil {
			return nil, fmt.Errorf("listen for clients with TLS: %w", err)
		}
	}
	kept, err := certs.Open(certs.Config{ControlURL: c.ControlURL, TokenFile: c.TokenFile, Dir: filepath.Join(c.StateDir, "tls"),
		BaseDomain: c.BaseDomain, Hosts: hostsOf{table}, ACME: c.TLS.ACME, Plain: plain.Addr(), Secure: l.Addr(), Log: c.Log})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &secure{listener: plain.beside(l), certs: kept, table: table, log: c.Log, refused: map[string]*atomic.Int64{}}
	for _, reason := range handshakeRefusals {
		s.refused[reason] = new(atomic.Int64)
	}
	return s, nil
}

// tlsConfig leaves cipher suites to Go, which has the current ones.
func (s *secure) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: append([]string{"h2", "http/1.1"}, certs.Protocols()...),
		GetCertificate: s.certificate,
		// A handshake that resumes a session asks for no certificate.
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := s.admit(state.ServerName)
			return err
		},
	}
}

// errName ends a handshake whose name no workspace has.
var errName = errors.New("no workspace has the name that the handshake is for")

// admit returns the host that a handshake is for. There has to be a route for it: nothing is said to others, not even whether there
// ever was.
func (s *secure) admit(sni string) (host string, err error) {
	if sni == "" {
		s.refused[noName].Add(1)
		return "", errName
	}
	host, ok := serverName(sni)
	if !ok || s.table.Lookup(host) == nil {
		s.refused[unknownName].Add(1)
		return "", errName
	}
	return host, nil
}

// certificate returns nil for a name that isn't known: crypto/tls says unrecognized_name then.
func (s *secure) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host, err := s.admit(hello.ServerName)
	if err != nil {
		return nil, nil
	}
	certificate, err := s.certs.For(hello.Context(), hello, host)
	if err != nil {
		s.refused[noCertificate].Add(1)
		s.log.Debug("no certificate for a handshake", "host", host, "error", err)
		return nil, err
	}
	return certificate, nil
}

// port is what https addresses of this edge end with: empty for the scheme's own.
func (s *secure) port() string {
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil || port == "443" {
		return ""
	}
	return ":" + port
}

const challengePrefix = "/.well-known/acme-challenge/"

// answering lets an ACME server's checks be answered that come over the plain listener.
func (s *secure) answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil && strings.HasPrefix(r.URL.Path, challengePrefix) {
			if host, err := canonicalHost(r.Host); err == nil && s.table.Lookup(host) != nil && s.certs.Answer(w, r) {
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// handshakeNoise keeps what whoever scans ports can cause from the log: net/http has a line for each handshake that fails.
type handshakeNoise struct{ log *slog.Logger }

// Write implements io.Writer.
func (n handshakeNoise) Write(line []byte) (int, error) {
	level, text := slog.LevelWarn, strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		level = slog.LevelDebug
	}
	n.log.Log(context.Background(), level, "the server for https complains", "said", text)
	return len(line), nil
}

func (n handshakeNoise) logger() *log.Logger { return log.New(n, "", 0) }
