package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"go.uber.org/zap"
)

const (
	// patience is how long a handshake waits for its certificate. net/http ends it after 10 s.
	patience = 9 * time.Second
	// issueLimit is how long one certificate may take; who waits for it may have left by then.
	issueLimit = 2 * time.Minute
	// lookEvery is how often it is looked which certificates are due.
	lookEvery = 10 * time.Minute
	// atOnce is how many certificates are read or issued at a time.
	atOnce = 16
	// mostHeld bounds how many certificates are in memory, at some 8 KiB each; others are read from disk again.
	mostHeld = 20_000
)

// Certs are the certificates of one edge.
type Certs struct {
	hosts  Hosts
	log    *slog.Logger
	magic  *certmagic.Config
	acme   *certmagic.ACMEIssuer // nil: the local authority issues
	wild   wildcard
	shared *shared
	kept   *certmagic.FileStorage
	places chan struct{}
	every  time.Duration
	heeds  time.Duration

	held    sync.Map // host -> *certificate
	count   atomic.Int64
	issued  atomic.Int64
	trouble *trouble
	telling *trouble // of issuers, what is revoked
	revoked sync.Map // fingerprints of certificates that nobody may use any more

	mu      sync.Mutex
	flights map[string]*flight
	ctx     context.Context // of what handshakes began and goes on without them
	stop    context.CancelFunc
	running sync.WaitGroup
}

// certificate is one as it is served. It is immutable.
type certificate struct{ certmagic.Certificate }

// flight is a certificate that is on its way, for all who wait for it.
type flight struct {
	done chan struct{}
	cert *certificate
	err  error
}

// Open makes the directory and asks nobody for anything yet.
func Open(c Config) (*Certs, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for TLS certificates: %w", err)
	}
	if err := os.Chmod(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("close the folder for TLS certificates to others: %w", err)
	}
	e := &Certs{hosts: c.Hosts, log: c.Log, shared: newShared(c.ControlURL, c.TokenFile), kept: &certmagic.FileStorage{Path: c.Dir},
		places: make(chan struct{}, atOnce), every: lookEvery, heeds: heedEvery,
		trouble: newTrouble(func(args ...any) { c.Log.Warn("no TLS certificate", args...) }),
		telling: newTrouble(func(args ...any) { c.Log.Warn("an issuer does not hear of a revoked TLS certificate", args...) }), flights: map[string]*flight{}}
	e.ctx, e.stop = context.WithCancel(context.Background())
	cache := certmagic.NewCache(certmagic.CacheOptions{Capacity: 1, Logger: silent, RenewCheckInterval: lookEvery,
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return e.magic, nil }})
	cache.Stop() // Run does its rounds, in which handshakes don't wait for what is read over the network
	magic, keys := e.issuing(cache)
	e.magic = magic
	issuer, err := c.issuer(e.magic, e.shared)
	if err != nil {
		return nil, err
	}
	e.acme, _ = issuer.(*certmagic.ACMEIssuer)
	e.magic.Issuers = []certmagic.Issuer{&staged{issuer, keys, e.shared}}
	return e, e.openWildcard(c, cache)
}

// silent is certmagic's log: what it says we say, once.
var silent = zap.NewNop()

// issuing returns how certificates are had of an issuer that is still to be named.
func (e *Certs) issuing(cache *certmagic.Cache) (*certmagic.Config, *keysUnderway) {
	keys := &keysUnderway{KeyGenerator: certmagic.DefaultKeyGenerator}
	return certmagic.New(cache, certmagic.Config{Storage: e.shared, LocalCache: e.kept, Logger: silent, DisableStorageCheck: true,
		DisableARI: true, OnEvent: e.note, KeySource: keys}), keys // its renewal by ARI counts on its own rounds
}

// Protocols are what ALPN offers beside HTTP: an ACME server's checks.
func Protocols() []string { return []string{acmez.ACMETLS1Protocol} }

// For returns the certificate of a host, in lower case and without a trailing dot, which there is. It waits while one is issued, for
// at most 9 s; the issuing goes on without it.
func (e *Certs) For(ctx context.Context, hello *tls.ClientHelloInfo, host string) (*tls.Certificate, error) {
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmez.ACMETLS1Protocol {
		return e.magic.GetCertificateWithContext(ctx, hello)
	}
	host = e.subject(host)
	if c := e.find(host); c != nil && !c.Expired() {
		return &c.Certificate.Certificate, nil
	}
	f, err := e.join(host)
	if err != nil {
		return nil, err
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-limit.C:
		return nil, fmt.Errorf("the certificate of %s is still being issued", host)
	}
	if f.err != nil {
		return nil, f.err
	}
	return &f.cert.Certificate.Certificate, nil
}

// Answer answers an ACME server's check over HTTP, and reports false for any other request.
func (e *Certs) Answer(w http.ResponseWriter, r *http.Request) bool {
	return e.acme != nil && e.acme.HandleHTTPChallenge(w, r)
}

func (e *Certs) find(host string) *certificate {
	if c, ok := e.held.Load(host); ok {
		return c.(*certificate)
	}
	return nil
}

// join returns the flight for a host's certificate, which begins unless the last one failed a moment ago.
func (e *Certs) join(host string) (*flight, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.flights[host]; f != nil {
		return f, nil
	}
	if err := e.trouble.with(host, time.Now()); err != nil {
		return nil, err
	}
	f := &flight{done: make(chan struct{})}
	e.flights[host] = f
	e.running.Go(func() {
		f.cert, f.err = e.work(host, e.fetch)
		e.mu.Lock()
		delete(e.flights, host)
		e.mu.Unlock()
		close(f.done)
	})
	return f, nil
}

// work does something about a host's certificate, in one of the places, and notes how it ended.
func (e *Certs) work(host string, do func(context.Context, string) (*certificate, error)) (*certificate, error) {
	select {
	case e.places <- struct{}{}:
		defer func() { <-e.places }()
	case <-e.ctx.Done():
		return nil, e.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(e.ctx, issueLimit)
	defer cancel()
	c, err := do(ctx, host)
	if e.ctx.Err() != nil { // it had to end
		return nil, e.ctx.Err()
	}
	e.trouble.note(host, err, time.Now())
	return c, err
}

// fetch reads a certificate, or has it issued where there is none, or none that is good.
func (e *Certs) fetch(ctx context.Context, host string) (*certificate, error) {
	c, err := e.read(ctx, host)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := e.by(host).ObtainCertSync(ctx, host); err != nil {
			return nil, err
		}
		return e.refresh(ctx, host)
	case err != nil:
		return nil, err
	case c.Expired():
		return e.renew(ctx, host)
	}
	return e.adopt(ctx, host, c)
}

// renew has the certificate renewed, unless another edge did so meanwhile, and serves the new one from then on.
func (e *Certs) renew(ctx context.Context, host string) (*certificate, error) {
	if err := e.by(host).RenewCertSync(ctx, host, false); err != nil {
		return nil, err
	}
	return e.refresh(ctx, host)
}

// refresh serves from then on what is kept.
func (e *Certs) refresh(ctx context.Context, host string) (*certificate, error) {
	c, err := e.read(ctx, host)
	if err != nil {
		return nil, err
	}
	return e.adopt(ctx, host, c)
}

// read takes a certificate from disk, or from the other edges. One that is due and on disk is read from the others too.
func (e *Certs) read(ctx context.Context, host string) (*certificate, error) {
	got, err := e.by(host).CacheManagedCertificate(ctx, host)
	if err != nil {
		return nil, err
	}
	if err := got.Leaf.VerifyHostname(host); err != nil {
		return nil, fmt.Errorf("the certificate that is kept for %s is for somebody else: %w", host, err)
	}
	if _, revoked := e.revoked.Load(fingerprint(got.Leaf.Raw)); revoked {
		return nil, errRevoked
	}
	return &certificate{got}, nil
}

// adopt serves a certificate from then on, after a handshake has shown that it can be.
func (e *Certs) adopt(ctx context.Context, host string, c *certificate) (*certificate, error) {
	if !same(e.find(host), c) {
		if err := prove(ctx, &c.Certificate.Certificate, host); err != nil {
			return nil, err
		}
	}
	if _, had := e.held.Swap(host, c); !had && e.count.Add(1) > mostHeld {
		e.dropOne(host)
	}
	return c, nil
}

// dropOne makes room for another one.
func (e *Certs) dropOne(but string) {
	e.held.Range(func(host, _ any) bool {
		if host != but {
			e.drop(host.(string))
		}
		return host == but
	})
}

func (e *Certs) drop(host string) {
	if _, had := e.held.LoadAndDelete(host); had {
		e.count.Add(-1)
	}
}

// note hears what certmagic did.
func (e *Certs) note(_ context.Context, event string, data map[string]any) error {
	if event == "cert_obtained" {
		e.issued.Add(1)
		e.log.Info("TLS certificate issued", "host", data["identifier"], "issuer", data["issuer"], "renewal", data["renewal"])
	}
	return nil
}

// folders returns where on disk the hosts' certificates are, and what is there: a folder for each.
func (e *Certs) folders() (string, []os.DirEntry) {
	dir := filepath.Join(e.kept.Path, certmagic.StorageKeys.CertsPrefix(e.magic.Issuers[0].IssuerKey()))
	entries, _ := os.ReadDir(dir) // without it there are none
	return dir, entries
}
