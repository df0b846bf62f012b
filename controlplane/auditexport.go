package controlplane

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

func (s *Server) exportAll(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	return s.export(ctx, audit.Operator)
}

func (s *Server) exportTenant(ctx context.Context, in *TenantIn) (*huma.StreamResponse, error) {
	tenant, err := parsePath(ctx, id.Tenant, "tenant", in.Tenant)
	if err != nil {
		return nil, err
	}
	return s.export(ctx, tenant)
}

// export streams a chain. One that breaks off has no end, and whoever verifies it says so.
func (s *Server) export(ctx context.Context, chain uuid.UUID) (*huma.StreamResponse, error) {
	end, err := s.looks.begin(ctx, chain)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer end()
		_, w := humachi.Unwrap(hc)
		hc.SetHeader("Content-Type", "application/x-ndjson")
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // it outlives the server's time for a request
		err := s.store.ExportAudit(ctx, chain, s.config.AuditKey, s.config.Archive, patient{w})
		if fault := (*audit.Fault)(nil); errors.As(err, &fault) {
			err = errors.Join(errors.New("an export is signed by nobody"), fault)
		}
		if err != nil {
			noteFailure(ctx, err)
		}
	}}, nil
}

// patient gives each write a time of its own, since nobody knows how long a stream is.
type patient struct{ w http.ResponseWriter }

// Write implements io.Writer.
func (p patient) Write(data []byte) (int, error) {
	_ = http.NewResponseController(p.w).SetWriteDeadline(time.Now().Add(lineTime))
	return p.w.Write(data)
}
