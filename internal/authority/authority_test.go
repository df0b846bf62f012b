package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T) (*Authority, []byte) {
	t.Helper()
	key := [KeySize]byte{1, 2, 3}
	root, err := NewRoot(key, "longhouse.localhost", now)
	must(t, err)
	a, err := Open(key, root)
	must(t, err)
	return a, root
}

func request(t *testing.T, template x509.CertificateRequest) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	raw, err := x509.CreateCertificateRequest(rand.Reader, &template, key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: pemRequest, Bytes: raw})
}

// verify checks a leaf as a client does that trusts the root.
func verify(t *testing.T, root, leaf []byte, host string, at time.Time) error {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		t.Fatal("the root is no certificate")
	}
	certificate, err := x509.ParseCertificate(der(leaf, pemCertificate))
	must(t, err)
	_, err = certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: at})
	return err
}

func TestALeafIsGoodForItsNameAndItsDays(t *testing.T) {
	t.Parallel()
	a, root := setup(t)
	leaf, err := a.Sign(request(t, x509.CertificateRequest{DNSNames: []string{"acme.longhouse.localhost"}}), now)
	must(t, err)
	must(t, verify(t, root, leaf, "acme.longhouse.localhost", now))
	must(t, verify(t, root, leaf, "acme.longhouse.localhost", now.Add(leafLife-time.Minute)))
	must(t, verify(t, root, leaf, "acme.longhouse.localhost", now.Add(-skew)))
	for name, err := range map[string]error{
		"another name": verify(t, root, leaf, "other.longhouse.localhost", now),
		"over":         verify(t, root, leaf, "acme.longhouse.localhost", now.Add(leafLife+time.Minute)),
		"not yet":      verify(t, root, leaf, "acme.longhouse.localhost", now.Add(-2*skew)),
	} {
		if err == nil {
			t.Errorf("%s: the certificate is taken", name)
		}
	}
}

// Whoever got hold of the key could still not pass for the rest of the web.
func TestTheRootIsGoodForItsDomainOnly(t *testing.T) {
	t.Parallel()
	a, root := setup(t)
	leaf, err := a.Sign(request(t, x509.CertificateRequest{DNSNames: []string{"bank.example"}}), now)
	must(t, err)
	var constrained x509.CertificateInvalidError
	if err := verify(t, root, leaf, "bank.example", now); !errors.As(err, &constrained) || constrained.Reason != x509.CANotAuthorizedForThisName {
		t.Errorf("err = %v", err)
	}
}

func TestARequestIsForOneNameAlone(t *testing.T) {
	t.Parallel()
	a, _ := setup(t)
	one := []string{"acme.longhouse.localhost"}
	signed := request(t, x509.CertificateRequest{DNSNames: one})
	if name, err := NameIn(signed); err != nil || name != one[0] {
		t.Errorf("%q, %v", name, err)
	}
	changed := der(signed, pemRequest)
	changed[len(changed)-1] ^= 1
	for name, request := range map[string][]byte{
		"nothing":     nil,
		"no request":  []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		"no name":     request(t, x509.CertificateRequest{}),
		"two names":   request(t, x509.CertificateRequest{DNSNames: append(one, "b.longhouse.localhost")}),
		"an address":  request(t, x509.CertificateRequest{DNSNames: one, IPAddresses: []net.IP{{127, 0, 0, 1}}}),
		"a mailbox":   request(t, x509.CertificateRequest{DNSNames: one, EmailAddresses: []string{"a@b.example"}}),
		"not its own": pem.EncodeToMemory(&pem.Block{Type: pemRequest, Bytes: changed}),
	} {
		if _, err := NameIn(request); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: NameIn: %v", name, err)
		}
		if _, err := a.Sign(request, now); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: Sign: %v", name, err)
		}
	}
}

func TestARootOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	_, root := setup(t)
	for want, open := range map[string]func() error{
		"another key":        func() error { _, err := Open([KeySize]byte{9}, root); return err },
		"no scalar of P-256": func() error { _, err := Open([KeySize]byte{}, root); return err },
		"read the root":      func() error { _, err := Open([KeySize]byte{1}, nil); return err },
	} {
		if err := open(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
}

func FuzzNameIn(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if name, err := NameIn(text); (err == nil) != (name != "") {
			t.Fatalf("%q and %v", name, err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
