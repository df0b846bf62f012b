package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// SetPlan puts a tenant on another plan. Edges are told with the routes of its workspaces, as they hold them to what the plan allows.
func (s *Store) SetPlan(ctx context.Context, p Principal, tenant uuid.UUID, plan Plan) (Tenant, error) {
	if !slices.Contains(Plans, plan) {
		return Tenant{}, refuse(Invalid, "plan", "there is no plan %.40q; allowed are %s, %s and %s", plan, Free, Professional, Enterprise)
	}
	var t Tenant
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		was, err := q.LockTenant(ctx, tenant)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
		}
		t = Tenant{ID: was.ID, Name: was.Name, Plan: plan, CreatedAt: was.CreatedAt}
		if was.Plan == string(plan) {
			return nil
		}
		if err := q.SetPlan(ctx, dbsql.SetPlanParams{ID: tenant, Plan: string(plan)}); err != nil {
			return fmt.Errorf("set the plan of a tenant: %w", err)
		}
		err = s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "tenant.set_plan", Subject: id.Show(id.Tenant, tenant),
			Details: map[string]string{"plan": string(plan), "was": was.Plan}})
		if err != nil {
			return err
		}
		return s.renewRoutes(ctx, q, tenant)
	})
	return t, err
}

// renewRoutes has the routes of a tenant's workspaces told again. It comes last in its transaction.
func (s *Store) renewRoutes(ctx context.Context, q *dbsql.Queries, tenant uuid.UUID) error {
	// Nobody else makes or changes a route from here on, so that these are all.
	if _, err := q.TickRouteClock(ctx); err != nil {
		return fmt.Errorf("count a route version: %w", err)
	}
	workspaces, err := q.RoutesOfTenant(ctx, tenant)
	if err != nil {
		return fmt.Errorf("list the routes of a tenant: %w", err)
	}
	for _, ws := range workspaces {
		version, err := q.TickRouteClock(ctx)
		if err != nil {
			return fmt.Errorf("count a route version: %w", err)
		}
		if err := q.RenewRoute(ctx, dbsql.RenewRouteParams{WorkspaceID: ws, Version: version, Now: s.now()}); err != nil {
			return fmt.Errorf("renew the route of workspace %s: %w", ws, err)
		}
	}
	return q.NotifyRoutes(ctx)
}
