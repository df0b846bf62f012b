package certs

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http"

	"github.com/caddyserver/certmagic"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

// local is the local authority, whose key the control plane has.
type local struct{ shared *shared }

// Issue implements certmagic.Issuer.
func (l *local) Issue(ctx context.Context, csr *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	signed, err := l.shared.ask(ctx, http.MethodPost, wire.SignPath, nil, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr.Raw}))
	if err != nil {
		return nil, err
	}
	return &certmagic.IssuedCertificate{Certificate: signed}, nil
}

// IssuerKey implements certmagic.Issuer.
func (*local) IssuerKey() string { return "local" }
