package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// TenantIn names a tenant.
type TenantIn struct {
	Tenant string `path:"tenant" doc:"ten_..."`
}

func (in TenantIn) id(ctx context.Context) (uuid.UUID, error) {
	return parsePath(ctx, id.Tenant, "tenant", in.Tenant)
}

// Tenant is a customer.
type Tenant struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Plan      string    `json:"plan" enum:"free,professional,enterprise"`
	Role      string    `json:"role,omitempty" enum:"owner,admin,billing,security,auditor" doc:"What you are to it; operators are nothing"`
	CreatedAt time.Time `json:"created_at"`
}

// PlanBody names a plan.
type PlanBody struct {
	Plan string `json:"plan" enum:"free,professional,enterprise"`
}

// SetPlanIn puts a tenant on another plan.
type SetPlanIn struct {
	TenantIn
	Body PlanBody
}

// TenantOut answers with a tenant.
type TenantOut struct{ Body Tenant }

func showTenant(t tenants.Tenant) Tenant {
	return Tenant{ID: id.Show(id.Tenant, t.ID), Name: t.Name, Plan: string(t.Plan), Role: string(t.Role), CreatedAt: t.CreatedAt}
}

func (s *Server) tenants(ctx context.Context, in *PageIn) (*ListOut[Tenant], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Reach(ctx, principal(ctx), tenants.ReadTenant); err != nil {
		return nil, err
	}
	list, err := s.store.Tenants(ctx, principal(ctx), page)
	if err != nil {
		return nil, err
	}
	return paged(*in, list, func(t tenants.Tenant) uuid.UUID { return t.ID }, showTenant), nil
}

func (s *Server) tenant(ctx context.Context, in *TenantIn) (*TenantOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.store.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	t.Role, err = s.store.Role(ctx, principal(ctx), tenant)
	return &TenantOut{Body: showTenant(t)}, err
}

func (s *Server) setPlan(ctx context.Context, in *SetPlanIn) (*TenantOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.store.SetPlan(ctx, principal(ctx), tenant, tenants.Plan(in.Body.Plan))
	return &TenantOut{Body: showTenant(t)}, err
}
