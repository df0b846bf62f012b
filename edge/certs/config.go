package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/caddyserver/certmagic"
)

// Hosts are the names that certificates are for.
type Hosts interface {
	// Ready reports whether it is known which hosts there are. Until then nothing is forgotten.
	Ready() bool
	// Has reports whether there is this host, in lower case and without a trailing dot.
	Has(host string) bool
}

// Config is what Open needs to know.
type Config struct {
	// ControlURL is the control plane's, http or https, without a path.
	ControlURL string
	// TokenFile holds the edges' token; it is read again for each request.
	TokenFile string
	// Dir keeps what was read and used; it is made where missing, for its owner alone.
	Dir string
	// BaseDomain is what workspaces have a host right under.
	BaseDomain string
	// Hosts says for which names certificates may be issued.
	Hosts Hosts
	// ACME is the issuer; without a directory it is the local authority of the control plane.
	ACME ACME
	// Plain and Secure are the addresses that the edge listens on, where an ACME server's checks arrive; unused without ACME.
	Plain, Secure net.Addr
	Log           *slog.Logger
}

// ACME names an issuer that speaks ACME (RFC 8555).
type ACME struct {
	Directory string // https URL of its directory; empty: none
	Email     string // of the account there, whom it tells of trouble
	RootsFile string // PEM file of the roots by which it is known; empty: those of the system
	DNS       DNS    // by which one certificate for all hosts right under the base domain is had; each host has its own without it
}

// Validate names what can't work, its value, and what is allowed.
func (a ACME) Validate() error {
	if a.Directory == "" {
		if a.Email != "" || a.RootsFile != "" || a.DNS != (DNS{}) {
			return errors.New("ACME account, roots and DNS updates are of no use without a directory")
		}
		return nil
	}
	var problems []error
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		problems = append(problems, fmt.Errorf("ACME directory %q: allowed is an https URL without a user in it", a.Directory))
	}
	if at, err := mail.ParseAddress(a.Email); err != nil || at.Address != a.Email {
		problems = append(problems, fmt.Errorf("ACME e-mail %q: an address such as ops@example.com is needed, which the issuer tells of trouble", a.Email))
	}
	if a.RootsFile != "" && !filepath.IsAbs(a.RootsFile) {
		problems = append(problems, fmt.Errorf("ACME roots %q: allowed is an absolute path", a.RootsFile))
	}
	return errors.Join(append(problems, a.DNS.validate())...)
}

// roots returns nil where those of the system are meant.
func (a ACME) roots() (*x509.CertPool, error) {
	if a.RootsFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(a.RootsFile)
	if err != nil {
		return nil, fmt.Errorf("read the ACME server's roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read the ACME server's roots: there is no certificate in %s", a.RootsFile)
	}
	return pool, nil
}

// issuer is who signs.
func (c Config) issuer(magic *certmagic.Config, shared *shared) (certmagic.Issuer, error) {
	if c.ACME.Directory == "" {
		return &local{shared: shared}, nil
	}
	roots, err := c.ACME.roots()
	if err != nil {
		return nil, err
	}
	// certmagic listens for checks itself, unless somebody does so already where it would: on the ports that we listen on.
	host, plain := hostPort(c.Plain)
	_, secure := hostPort(c.Secure)
	return certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: c.ACME.Directory, TestCA: c.ACME.Directory, Email: c.ACME.Email, Agreed: true, TrustedRoots: roots,
		ListenHost: host, AltHTTPPort: plain, AltTLSALPNPort: secure, Logger: magic.Logger,
	}), nil
}

// byDNS is the same issuer, which checks by DNS-01 alone.
func (c Config) byDNS(magic *certmagic.Config) (*certmagic.ACMEIssuer, error) {
	roots, err := c.ACME.roots()
	if err != nil {
		return nil, err
	}
	return certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{CA: c.ACME.Directory, TestCA: c.ACME.Directory, Email: c.ACME.Email, Agreed: true, TrustedRoots: roots,
		DNS01Solver: c.ACME.DNS, Logger: magic.Logger}), nil
}

func hostPort(a net.Addr) (host string, port int) {
	host, text, err := net.SplitHostPort(a.String())
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(text) // of a listener
	return host, port
}
