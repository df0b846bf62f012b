package controlplane

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"time"
)

// TLSAuthorityOut answers with the root of the local authority.
type TLSAuthorityOut struct {
	Body struct {
		Certificate string    `json:"certificate" doc:"The root certificate in PEM, for whoever shall trust it"`
		Fingerprint string    `json:"fingerprint" doc:"SHA-256 of the certificate in hexadecimal, as browsers show it" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
		Name        string    `json:"name" doc:"What browsers call it"`
		Domain      string    `json:"domain" doc:"The domain under which it signs; it is good for no other name"`
		Expires     time.Time `json:"expires" doc:"Until when it is good"`
	}
}

func (s *Server) tlsAuthority(ctx context.Context, _ *struct{}) (*TLSAuthorityOut, error) {
	text, err := s.tls.Root(ctx)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read the root of the local authority: it is not PEM")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the root of the local authority: %w", err)
	}
	sum := sha256.Sum256(root.Raw)
	out := &TLSAuthorityOut{}
	out.Body.Certificate, out.Body.Fingerprint = string(text), hex.EncodeToString(sum[:])
	out.Body.Name, out.Body.Domain, out.Body.Expires = root.Subject.CommonName, s.store.BaseDomain(), root.NotAfter
	return out, nil
}
