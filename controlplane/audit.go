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
	Seq       int64             `json:"seq,omitempty" doc:"Its place in the trail, 1 for the first; not there: it has none yet"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	Action    string            `json:"action" example:"workspace.create"`
	Subject   string            `json:"subject"`
	RequestID string            `json:"request_id,omitempty"`
	Details   map[string]string `json:"details"`
}

// AuditFilter chooses events.
type AuditFilter struct {
	Action  string    `query:"action" maxLength:"64" doc:"Only those of this action" example:"workspace.create"`
	Actor   string    `query:"actor" maxLength:"254" doc:"Only what this principal did: per_..., tok_..., opr_..., system, ws_.../... for a user of a workspace, or the e-mail address of who is or was a member"`
	Subject string    `query:"subject" maxLength:"64" doc:"Only what was done to this, by its id"`
	Since   time.Time `query:"since" doc:"Only from this time on"`
	Until   time.Time `query:"until" doc:"Only before this time"`
}

func (f AuditFilter) events(ctx context.Context) (tenants.EventFilter, error) {
	if err := inOrder(ctx, f.Since, f.Until); err != nil {
		return tenants.EventFilter{}, err
	}
	return tenants.EventFilter(f), nil
}

// AuditIn asks for a tenant's audit trail.
type AuditIn struct {
	TenantIn
	AuditFilter
	PageIn
}

func (s *Server) auditEvents(ctx context.Context, in *AuditIn) (*ListOut[AuditEvent], error) {
	tenant, page, err := in.tenantPage(ctx, in.PageIn)
	if err != nil {
		return nil, err
	}
	return s.trail(ctx, &tenant, in.AuditFilter, in.PageIn, page)
}

// trail shows a page of a tenant's events, or of those of no tenant.
func (s *Server) trail(ctx context.Context, tenant *uuid.UUID, filter AuditFilter, in PageIn, page tenants.Page) (*ListOut[AuditEvent], error) {
	f, err := filter.events(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Events(ctx, tenant, f, page)
	if err != nil {
		return nil, err
	}
	return paged(in, list, func(e tenants.Event) uuid.UUID { return e.ID }, showEvent), nil
}
