package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// AuditEvent is who did what to what.
type AuditEvent struct {
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	Action    string            `json:"action" example:"workspace.create"`
	Subject   string            `json:"subject"`
	RequestID string            `json:"request_id,omitempty"`
	Details   map[string]string `json:"details"`
}

// AuditIn asks for a tenant's audit trail.
type AuditIn struct {
	TenantIn
	PageIn
}

func (s *Server) auditEvents(ctx context.Context, in *AuditIn) (*ListOut[AuditEvent], error) {
	tenant, page, err := in.tenantPage(ctx, in.PageIn)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Events(ctx, tenant, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(e tenants.Event) uuid.UUID { return e.ID }, showEvent), nil
}
