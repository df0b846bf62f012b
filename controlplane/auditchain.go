package controlplane

import (
	"context"
	"crypto/ed25519"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// AuditKeyOut answers with the key under which checkpoints are signed.
type AuditKeyOut struct {
	Body struct {
		Key []byte `json:"key" doc:"Ed25519 public key, 32 bytes. Write it down: an export that is signed by another is not this installation's"`
	}
}

// AllAuditIn asks for the operators' own trail.
type AllAuditIn struct {
	AuditFilter
	PageIn
}

// auditPublic is the key that others know.
func (s *Server) auditPublic() ed25519.PublicKey {
	return s.config.AuditKey.Public().(ed25519.PublicKey)
}

func (s *Server) auditKey(context.Context, *struct{}) (*AuditKeyOut, error) {
	out := &AuditKeyOut{}
	out.Body.Key = s.auditPublic()
	return out, nil
}

// operatorEvents are those of no tenant.
func (s *Server) operatorEvents(ctx context.Context, in *AllAuditIn) (*ListOut[AuditEvent], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	return s.trail(ctx, nil, in.AuditFilter, in.PageIn, page)
}

func showEvent(e tenants.Event) AuditEvent {
	return AuditEvent{ID: id.Show(id.Audit, e.ID), Seq: e.Seq, At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, RequestID: e.RequestID, Details: e.Details}
}
