package maintenance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// certified is the URL of a receiver whose certificate, made by itself, is for these names.
func certified(t *testing.T, names ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(nil)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{made}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// What a certificate says of itself is what its maker wants: also what no database takes, and more than a log is for.
func TestACertificateOfStrangeNamesIsAFailureAsOthersAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook, _ := b.hook(certified(t, "a\x00b", strings.Repeat("c", 100_000)))
	b.happen("a")
	b.round(b.courier)
	if h := b.webhook(hook.ID); h.FailingSince == nil || h.RetryAt == nil {
		t.Fatalf("it is not left alone: %+v", h)
	}
	last := b.deliveries(hook.ID, tenants.DeliveryWaiting)[0].Last
	if !strings.Contains(last.Message, "certificate is not to be trusted") || len(last.Message) > 1000 {
		t.Errorf("%d bytes: %.200q", len(last.Message), last.Message)
	}
}
