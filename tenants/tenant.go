package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Tenant is a customer.
type Tenant struct {
	ID        uuid.UUID
	Name      string
	Plan      Plan
	CreatedAt time.Time
	Role      Role // what the principal who asked is to it; empty for operators
}

func (s *Store) addTenant(ctx context.Context, tx pgx.Tx, p Principal, name string) (Tenant, error) {
	t := Tenant{ID: s.newID(), Name: name, Plan: Free, CreatedAt: s.now(), Role: Owner}
	q := dbsql.New(tx)
	err := q.AddTenant(ctx, dbsql.AddTenantParams{ID: t.ID, Name: t.Name, Plan: string(t.Plan), CreatedAt: t.CreatedAt})
	if err != nil {
		return Tenant{}, fmt.Errorf("add a tenant: %w", err)
	}
	err = q.AddMember(ctx, dbsql.AddMemberParams{TenantID: t.ID, PersonID: p.Person, Role: string(Owner), CreatedAt: t.CreatedAt})
	if err != nil {
		return Tenant{}, fmt.Errorf("add the owner of a tenant: %w", err)
	}
	return t, s.record(ctx, tx, Event{Tenant: &t.ID, Actor: p.Name(), Action: "tenant.create", Subject: id.Show(id.Tenant, t.ID)})
}

// Tenants returns the tenants that the principal has a part in, newest first.
func (s *Store) Tenants(ctx context.Context, p Principal, page Page) ([]Tenant, error) {
	rows, err := dbsql.New(s.pool).ListTenants(ctx, dbsql.ListTenantsParams{PersonID: p.Person,
		OnlyTenant: optional(p.Tenant), AsOperator: p.Operator != uuid.Nil, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	list := make([]Tenant, 0, len(rows))
	for _, r := range rows {
		list = append(list, Tenant{ID: r.ID, Name: r.Name, Plan: Plan(r.Plan), CreatedAt: r.CreatedAt, Role: Role(r.Role)})
	}
	return list, nil
}

// Tenant returns one tenant.
func (s *Store) Tenant(ctx context.Context, tenant uuid.UUID) (Tenant, error) {
	r, err := dbsql.New(s.pool).GetTenant(ctx, tenant)
	if err != nil {
		return Tenant{}, unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
	}
	return Tenant{ID: r.ID, Name: r.Name, Plan: Plan(r.Plan), CreatedAt: r.CreatedAt}, nil
}

func optional(u uuid.UUID) *uuid.UUID {
	if u == uuid.Nil {
		return nil
	}
	return &u
}
