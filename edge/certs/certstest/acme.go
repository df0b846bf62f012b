package certstest

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// pebble waits some seconds before each check, and has one request in twenty sent again, to be like others, unless its environment says
// not to.
func init() {
	_ = os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	_ = os.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
}

// ACME is Let's Encrypt's own test server, for which every name is on this machine.
type ACME struct {
	Directory string
	RootsFile string         // by which the directory is known
	Roots     *x509.CertPool // of what it issues
	Orders    atomic.Int64
	Zone      *Zone // where it looks names up
	db        *db.MemoryStore
	limited   atomic.Pointer[string]
}

// NewACME returns one that checks on these ports, and whose certificates last so many seconds.
func NewACME(t testing.TB, plain, secure int, seconds uint64) *ACME {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	a := &ACME{db: db.NewMemoryStore(), Roots: x509.NewCertPool(), Zone: newZone(t)}
	issuer := ca.New(quiet, a.db, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "short", ValidityPeriod: seconds}})
	checker := va.New(quiet, plain, secure, true, a.Zone.Address, a.db)
	front := wfe.New(quiet, a.db, checker, issuer, []string{"ca.example"}, true, false, 0, 0)
	handler := front.Handler()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/order-plz" {
			a.Orders.Add(1)
			if said := a.limited.Load(); said != nil {
				refuse(w, *said)
				return
			}
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.Directory = server.URL + wfe.DirectoryPath
	a.RootsFile = filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(a.RootsFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	a.Roots.AppendCertsFromPEM(issuer.GetRootCert(0).PEM())
	return a
}

// Limit makes it refuse orders as an issuer does that has had enough, with these words.
func (a *ACME) Limit(said string) { a.limited.Store(&said) }

func refuse(w http.ResponseWriter, said string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1800")
	w.Header().Set("Replay-Nonce", "none")
	w.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "urn:ietf:params:acme:error:rateLimited", "detail": said, "status": http.StatusTooManyRequests})
}

// Block makes it refuse orders for a name.
func (a *ACME) Block(t testing.TB, name string) {
	t.Helper()
	must(t, a.db.AddBlockedDomain(name))
}

// IsRevoked reports whether somebody has told it that nobody may use a certificate any more, and why (RFC 5280).
func (a *ACME) IsRevoked(c *x509.Certificate) (reason uint, revoked bool) {
	found := a.db.GetRevokedCertificateBySerial(c.SerialNumber)
	if found == nil {
		return 0, false
	}
	if found.Reason != nil {
		reason = *found.Reason
	}
	return reason, true
}
