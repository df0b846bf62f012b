// Package authority owns the local authority that signs TLS certificates where no public one does: its root and the leaves
// under it. It never decides who may have a certificate, and never writes its key anywhere: callers keep it in a keyring.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

const (
	// rootLife is what people who trusted the root by hand can be asked to wait before they must do so again.
	rootLife = 10 * 365 * 24 * time.Hour
	// leafLife is short, as nobody asks whether such a certificate was revoked.
	leafLife = 7 * 24 * time.Hour
	// skew is by how much the clock of whoever checks a certificate may be behind ours.
	skew = time.Hour
	// KeySize is the length of the authority's key, a scalar of P-256, in bytes.
	KeySize = 32
)

const (
	pemCertificate = "CERTIFICATE"
	pemRequest     = "CERTIFICATE REQUEST"
)

// Authority signs leaves under one root.
type Authority struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewRoot returns the certificate of a root with this key, in PEM. It is good for names under domain only, so that who trusts it
// trusts it for nothing else of the web.
func NewRoot(key [KeySize]byte, domain string, now time.Time) ([]byte, error) {
	private, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Longhouse local authority for " + domain, Organization: []string{"Longhouse"}},
		NotBefore: now.Add(-skew), NotAfter: now.Add(rootLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{domain},
	}
	return certify(template, template, &private.PublicKey, private)
}

// Open returns the authority whose root NewRoot made with this key.
func Open(key [KeySize]byte, root []byte) (*Authority, error) {
	private, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der(root, pemCertificate))
	if err != nil {
		return nil, fmt.Errorf("read the root of the local authority: %w", err)
	}
	if !private.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("the root of the local authority belongs to another key than the one in the keyring")
	}
	return &Authority{root: certificate, key: private}, nil
}

// ErrRequest is returned for a request that is not for exactly the one name that it was said to be for.
var ErrRequest = errors.New("the request is not a signed one for this name alone")

// NameIn returns the one DNS name that a request in PEM asks for. Nothing else may be asked for.
func NameIn(request []byte) (string, error) {
	csr, err := parse(request)
	if err != nil {
		return "", err
	}
	return csr.DNSNames[0], nil
}

// Sign returns a certificate for the key and the one name of a request, in PEM.
func (a *Authority) Sign(request []byte, now time.Time) ([]byte, error) {
	csr, err := parse(request)
	if err != nil {
		return nil, err
	}
	return certify(&x509.Certificate{
		SerialNumber: serial(), DNSNames: csr.DNSNames, NotBefore: now.Add(-skew), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}, a.root, csr.PublicKey, a.key)
}

func parse(request []byte) (*x509.CertificateRequest, error) {
	csr, err := x509.ParseCertificateRequest(der(request, pemRequest))
	if err != nil || csr.CheckSignature() != nil {
		return nil, ErrRequest
	}
	if len(csr.DNSNames) != 1 || len(csr.IPAddresses)+len(csr.EmailAddresses)+len(csr.URIs) != 0 || csr.Subject.CommonName != "" && csr.Subject.CommonName != csr.DNSNames[0] {
		return nil, ErrRequest
	}
	return csr, nil
}

func certify(template, parent *x509.Certificate, public any, key *ecdsa.PrivateKey) ([]byte, error) {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("sign a certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: raw}), nil
}

// parseKey fails for one key in 2^32, which a keyring that is asked for another name replaces.
func parseKey(key [KeySize]byte) (*ecdsa.PrivateKey, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key[:])
	if err != nil {
		return nil, errors.New("the key of the local authority is no scalar of P-256")
	}
	return private, nil
}

func der(text []byte, kind string) []byte {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil
	}
	return block.Bytes
}

// serial is random, as RFC 5280 allows up to 20 octets and wants it positive.
func serial() *big.Int {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails, by its contract
	raw[0] &= 0x7f
	return new(big.Int).SetBytes(raw)
}
