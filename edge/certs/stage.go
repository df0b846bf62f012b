package certs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
)

// errUnfit is what a certificate comes to that can't be served, whoever issued it.
var errUnfit = errors.New("the certificate that was issued is not fit to be served")

// proveLimit is for a handshake within this process.
const proveLimit = 5 * time.Second

// staged is an issuer whose certificates are tried before anybody gets to know of them: what fails is neither kept nor shared, so that
// the one before goes on being served, here and by all other edges.
type staged struct {
	certmagic.Issuer
	keys   *keysUnderway
	shared *shared
}

// Issue implements certmagic.Issuer.
func (s *staged) Issue(ctx context.Context, csr *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	key, err := s.keys.take(csr.PublicKey)
	if err != nil {
		return nil, err
	}
	if len(csr.DNSNames) != 1 {
		return nil, fmt.Errorf("a certificate is for one host: %q", csr.DNSNames)
	}
	var issued *certmagic.IssuedCertificate
	err = s.shared.asked(ctx, csr.DNSNames[0], issuerName(s), func() error {
		if issued, err = s.Issuer.Issue(ctx, csr); err != nil {
			return err
		}
		pair, err := pairOf(issued.Certificate, key)
		if err != nil {
			return err
		}
		return prove(ctx, pair, csr.DNSNames[0])
	})
	if err != nil {
		return nil, err
	}
	return issued, nil
}

// PreCheck implements certmagic.PreChecker.
func (s *staged) PreCheck(ctx context.Context, names []string, interactive bool) error {
	if first, ok := s.Issuer.(certmagic.PreChecker); ok {
		return first.PreCheck(ctx, names, interactive)
	}
	return nil
}

// pairOf puts a chain in PEM and the key of its first certificate together.
func pairOf(chain []byte, key crypto.PrivateKey) (*tls.Certificate, error) {
	encoded, err := certmagic.PEMEncodePrivateKey(key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, encoded)
	if err != nil { // it doesn't say what the key is
		return nil, fmt.Errorf("%w: %w", errUnfit, err)
	}
	return &pair, nil
}

// prove does a handshake as a browser would that trusts whoever signed the last certificate of the chain: the key has to be the
// certificate's, the chain has to lead there, and the certificate has to be good for the host, now.
func prove(ctx context.Context, pair *tls.Certificate, host string) error {
	last, err := x509.ParseCertificate(pair.Certificate[len(pair.Certificate)-1])
	if err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(last)
	if rest, ok := strings.CutPrefix(host, "*."); ok {
		host = "any." + rest
	}
	shown, err := shake(ctx, pair, host)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	if _, err := shown[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between}); err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return nil
}

// shake does a handshake over memory and returns what the server showed. The key is tried by it; the chain is looked at by who called: a
// client that breaks off while the server speaks would wait for it, as memory takes nothing that isn't read.
func shake(ctx context.Context, pair *tls.Certificate, host string) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, proveLimit)
	defer cancel()
	far, near := net.Pipe()
	serving := tls.Server(far, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*pair}})
	var done sync.WaitGroup
	defer done.Wait()
	defer func() { _ = near.Close() }()
	done.Go(func() {
		_ = serving.HandshakeContext(ctx) // what fails there fails here
		_ = far.Close()
	})
	client := tls.Client(near, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, InsecureSkipVerify: true}) //nolint:gosec // who called looks at the chain
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return client.ConnectionState().PeerCertificates, nil
}

// same reports whether two certificates are one.
func same(a, b *certificate) bool { return a != nil && b != nil && bytes.Equal(a.Leaf.Raw, b.Leaf.Raw) }

// keysUnderway makes keys, and knows those for which a certificate is asked.
type keysUnderway struct {
	certmagic.KeyGenerator
	keys sync.Map // public key in DER -> private key
}

// GenerateKey implements certmagic.KeyGenerator.
func (k *keysUnderway) GenerateKey() (crypto.PrivateKey, error) {
	key, err := k.KeyGenerator.GenerateKey()
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of kind %T can't sign", key)
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	k.keys.Store(string(public), key)
	return key, nil
}

// take returns the key of a public key, once.
func (k *keysUnderway) take(public crypto.PublicKey) (crypto.PrivateKey, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	key, ok := k.keys.LoadAndDelete(string(der))
	if !ok {
		return nil, errors.New("a certificate was asked for with a key that was not made here")
	}
	return key, nil
}
