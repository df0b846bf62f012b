package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
	"github.com/longhouse-dev/longhouse/internal/authority"
)

// requestFor is a certificate request of somebody else's.
func requestFor(t *testing.T, host string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	raw, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{host}}, key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: raw})
}

// An issuer gives out what nobody could serve: the certificate in use stays, on disk and for the other edges too.
func TestWhatCantBeServedReplacesNothing(t *testing.T) {
	t.Parallel()
	const host = "a.longhouse.localhost"
	for name, c := range map[string]struct {
		spoil func(t *testing.T, signer *authority.Authority, request, signed []byte) []byte
		said  string
	}{
		"no certificate": {func(*testing.T, *authority.Authority, []byte, []byte) []byte { return []byte("come back later") }, "failed to find any PEM data"},
		"for another key": {func(t *testing.T, a *authority.Authority, _, _ []byte) []byte {
			signed, err := a.Sign(requestFor(t, host), time.Now())
			must(t, err)
			return signed
		}, "private key does not match"},
		"over": {func(t *testing.T, a *authority.Authority, request, _ []byte) []byte {
			signed, err := a.Sign(request, time.Now().Add(-30*24*time.Hour))
			must(t, err)
			return signed
		}, "expired"},
		"of nobody in its chain": {func(t *testing.T, _ *authority.Authority, _, signed []byte) []byte {
			return append(signed, certstest.NewControl(t, "elsewhere.localhost").Root...)
		}, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.start(func(e *Certs) { e.every = time.Hour })
			first, err := r.get(host)
			must(t, err)
			signer, err := authority.Open(r.signer.Key, r.signer.Root)
			must(t, err)
			r.signer.Tamper(func(request, signed []byte) []byte { return c.spoil(t, signer, request, signed) })
			r.certs.magic.RenewalWindowRatio = 1
			if _, err := r.certs.work(host, r.certs.renew); err == nil || !strings.Contains(err.Error(), c.said) {
				t.Errorf("err = %v", err)
			}
			if now, err := r.get(host); err != nil || !now.Equal(first) {
				t.Errorf("it is served another one: %v", err)
			}
			if f := r.certs.Figures(); f.Failures[Check] != 1 || f.Failing != 1 || !strings.Contains(r.logs.String(), "reason=check") {
				t.Errorf("figures: %+v; the log says:\n%s", f, r.logs)
			}
			r.stop()
			r.start()
			if now, err := r.get(host); err != nil || !now.Equal(first) {
				t.Errorf("after a restart it is another one: %v", err)
			}
			r.config.Dir = t.TempDir()
			r.start()
			if now, err := r.get(host); err != nil || !now.Equal(first) {
				t.Errorf("for another edge it is another one: %v", err)
			}
		})
	}
}

func TestTheFirstCertificateIsTriedToo(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.signer.Tamper(func([]byte, []byte) []byte { return []byte("nothing") })
	if _, err := r.get("a.longhouse.localhost"); err == nil || !strings.Contains(err.Error(), "not fit to be served") {
		t.Errorf("err = %v", err)
	}
	r.signer.Tamper(nil)
	r.certs.trouble.forget("a.longhouse.localhost") // the minute is over
	_, err := r.get("a.longhouse.localhost")
	must(t, err)
}

// What another edge has put into the store is tried as well.
func TestWhatIsSharedIsTriedBeforeItIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(func(e *Certs) { e.every = time.Hour })
	const host, at = "a.longhouse.localhost", "certificates/local/a.longhouse.localhost/a.longhouse.localhost.crt"
	first, err := r.get(host)
	must(t, err)
	stored, err := r.certs.shared.Load(t.Context(), at)
	must(t, err)
	must(t, r.certs.shared.Store(t.Context(), at, append(stored, certstest.NewControl(t, "elsewhere.localhost").Root...)))
	r.config.Dir = t.TempDir()
	old := r.certs
	r.start()
	if _, err := r.get(host); err == nil || !strings.Contains(err.Error(), "not fit to be served") {
		t.Errorf("err = %v", err)
	}
	if now := old.find(host); !now.Leaf.Equal(first) {
		t.Error("what is in use was replaced")
	}
}
