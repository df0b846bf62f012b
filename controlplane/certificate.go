package controlplane

import (
	"context"

	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

// CertificateOut answers with the certificate of a deletion.
type CertificateOut struct {
	Body struct {
		JWS         string                  `json:"jws" doc:"The certificate as it was signed: a JSON Web Signature with EdDSA"`
		Certificate certificate.Certificate `json:"certificate" doc:"What stands in it"`
	}
}

// CertificateKeyOut answers with the key under which certificates of deletion are signed.
type CertificateKeyOut struct {
	Body struct {
		Key []byte `json:"key" doc:"Ed25519 public key, 32 bytes. Write it down: a certificate that is signed by another is not this installation's"`
		ID  string `json:"id" doc:"Its thumbprint, by which certificates name it"`
	}
}

func (s *Server) certificate(ctx context.Context, in *WorkspaceIn) (*CertificateOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	out := &CertificateOut{}
	if out.Body.JWS, err = s.store.Certificate(ctx, workspace); err != nil {
		return nil, err
	}
	out.Body.Certificate, err = certificate.Read(out.Body.JWS)
	return out, err
}

func (s *Server) certificateKey(context.Context, *struct{}) (*CertificateKeyOut, error) {
	out := &CertificateKeyOut{}
	out.Body.Key, out.Body.ID = s.config.CertificateKey, certificate.KeyID(s.config.CertificateKey)
	return out, nil
}
