package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TLSCertificate is what is known of a host's TLS certificate.
type TLSCertificate struct {
	Host        string         `json:"host"`
	Issuer      string         `json:"issuer" doc:"local: Longhouse's own authority; else the ACME server's directory, shortened"`
	Fingerprint string         `json:"fingerprint,omitempty" doc:"SHA-256 in hexadecimal; missing: there is none"`
	NotBefore   *time.Time     `json:"not_before,omitempty"`
	NotAfter    *time.Time     `json:"not_after,omitempty"`
	FailedAt    *time.Time     `json:"failed_at,omitempty" doc:"When the last attempt to get or renew one failed; missing: it did not"`
	Failure     string         `json:"failure,omitempty" doc:"What it failed of, in the issuer's words"`
	Revocation  *TLSRevocation `json:"revocation,omitempty" doc:"Of the last one that was revoked and has not ended by itself"`
}

// TLSRevocation is what came of a revocation.
type TLSRevocation struct {
	Fingerprint string     `json:"fingerprint"`
	Reason      string     `json:"reason" enum:"unspecified,keyCompromise,superseded,cessationOfOperation"`
	AskedAt     time.Time  `json:"asked_at"`
	AskedBy     string     `json:"asked_by"`
	DoneAt      *time.Time `json:"done_at,omitempty" doc:"When the issuer had heard of it; missing: not yet"`
	Failure     string     `json:"failure,omitempty" doc:"Why it has not, in its words"`
}

func (s *Server) tlsCertificates(ctx context.Context, _ *Nothing) (*ListOut[TLSCertificate], error) {
	list, err := s.tls.Certificates(ctx)
	if err != nil {
		return nil, err
	}
	return whole(list, showTLSCertificate), nil
}

func showTLSCertificate(c tenants.TLSCertificate) TLSCertificate {
	known := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	out := TLSCertificate{Host: c.Host, Issuer: c.Issuer, Fingerprint: c.Fingerprint, NotBefore: known(c.Begins), NotAfter: known(c.Ends), FailedAt: known(c.FailedAt), Failure: c.Failed}
	if r := c.Revocation; r != nil {
		out.Revocation = &TLSRevocation{Fingerprint: r.Fingerprint, Reason: string(r.Reason), AskedAt: r.AskedAt, AskedBy: r.AskedBy, DoneAt: r.DoneAt, Failure: r.Said}
	}
	return out
}

// RevokeTLSIn names a host and why.
type RevokeTLSIn struct {
	Host string `path:"host" maxLength:"253" doc:"As it is listed"`
	Body RevokeTLSBody
}

// RevokeTLSBody says why.
type RevokeTLSBody struct {
	Reason string `json:"reason" enum:"unspecified,keyCompromise,superseded,cessationOfOperation" doc:"keyCompromise: somebody else may have its key"`
}

func (s *Server) revokeTLS(ctx context.Context, in *RevokeTLSIn) (*struct{}, error) {
	return nil, s.tls.Revoke(ctx, principal(ctx), in.Host, tenants.TLSReason(in.Body.Reason))
}
