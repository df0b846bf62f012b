package controlplane

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// AuditKeyOut answers with the key under which checkpoints are signed.
type AuditKeyOut struct {
	Body struct {
		Key []byte `json:"key" doc:"Ed25519 public key, 32 bytes. Write it down: an export that is signed by another is not this installation's"`
	}
}

// AuditReport is what was found when the audit trail was gone along.
type AuditReport struct {
	Chains      int        `json:"chains"`
	Events      int64      `json:"events" doc:"That are in their places"`
	Checkpoints int        `json:"checkpoints"`
	Archived    int        `json:"archived" doc:"Checkpoints that the archive has"`
	LastAt      *time.Time `json:"last_at,omitempty" doc:"Of the last checkpoint"`
	Faults      []string   `json:"faults" doc:"Empty: everything is as it was written"`
}

// AuditReportOut answers with a report.
type AuditReportOut struct{ Body AuditReport }

// AllAuditIn asks for the operators' own trail.
type AllAuditIn struct {
	AuditFilter
	PageIn
}

func (s *Server) auditKey(context.Context, *struct{}) (*AuditKeyOut, error) {
	out := &AuditKeyOut{}
	out.Body.Key = s.config.AuditKey
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
	return AuditEvent{ID: id.Show(id.Audit, e.ID), At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, RequestID: e.RequestID, Details: e.Details}
}

func (s *Server) verifyAll(ctx context.Context, _ *struct{}) (*AuditReportOut, error) {
	return s.verify(ctx, nil)
}

func (s *Server) verifyTenant(ctx context.Context, in *TenantIn) (*AuditReportOut, error) {
	tenant, err := parsePath(ctx, id.Tenant, "tenant", in.Tenant)
	if err != nil {
		return nil, err
	}
	return s.verify(ctx, &tenant)
}

func (s *Server) verify(ctx context.Context, tenant *uuid.UUID) (*AuditReportOut, error) {
	archived, err := s.config.Archived(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	r, err := s.store.VerifyAudit(ctx, tenant, s.config.AuditKey, archived)
	if err != nil {
		return nil, err
	}
	out := AuditReport{Chains: r.Chains, Events: r.Events, Checkpoints: r.Checkpoints, Archived: len(archived), LastAt: r.LastAt, Faults: r.Faults}
	if out.Faults == nil {
		out.Faults = []string{}
	}
	return &AuditReportOut{Body: out}, nil
}

func (s *Server) exportAll(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	return s.export(ctx, audit.Operator), nil
}

func (s *Server) exportTenant(ctx context.Context, in *TenantIn) (*huma.StreamResponse, error) {
	tenant, err := parsePath(ctx, id.Tenant, "tenant", in.Tenant)
	if err != nil {
		return nil, err
	}
	return s.export(ctx, tenant), nil
}

// export streams a chain with all checkpoints. One that breaks off has no end, and whoever verifies it says so.
func (s *Server) export(ctx context.Context, chain uuid.UUID) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		hc.SetHeader("Content-Type", "application/x-ndjson")
		if err := s.exportTo(ctx, w, chain); err != nil {
			noteFailure(ctx, err)
		}
	}}
}

func (s *Server) exportTo(ctx context.Context, w http.ResponseWriter, chain uuid.UUID) error {
	checkpoints, err := s.store.Checkpoints(ctx)
	if err != nil {
		return err
	}
	e, err := audit.NewExport(patient{w}, chain, s.config.AuditKey)
	if err != nil {
		return err
	}
	if err := s.store.Sealed(ctx, chain, e.Event); err != nil {
		return err
	}
	return e.End(checkpoints)
}

// patient gives each write a time of its own, since nobody knows how long a stream is.
type patient struct{ w http.ResponseWriter }

// Write implements io.Writer.
func (p patient) Write(data []byte) (int, error) {
	_ = http.NewResponseController(p.w).SetWriteDeadline(time.Now().Add(lineTime))
	return p.w.Write(data)
}

var _ io.Writer = patient{}
