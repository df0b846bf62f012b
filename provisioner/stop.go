package provisioner

import (
	"context"
	"fmt"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// stopSteps tell visitors first, and then drain the instance.
var stopSteps = []Step{
	{"route", haltRoute, routeBeforeStop},
	{"instance", removeInstance, runBeforeStop},
}

// bringBack runs an instance again and waits for it, as the route that is served next would lead nowhere.
func bringBack(ctx context.Context, r *Run) error {
	if err := startInstance(ctx, r); err != nil {
		return err
	}
	return waitReady(ctx, r)
}

// routeBeforeStop makes the edges serve the workspace again, or hold requests for it that hibernated.
func routeBeforeStop(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, q *dbsql.Queries) error {
		ws, err := q.GetWorkspace(ctx, route.Workspace)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		if ws.HibernatedAt != nil {
			route.State = tenants.Asleep
			return nil
		}
		return serve(ctx, route, q)
	})
}

// runBeforeStop runs the instance again, unless the workspace hibernated.
func runBeforeStop(ctx context.Context, r *Run) error {
	ws, err := dbsql.New(r.engine.pool).GetWorkspace(ctx, *r.op.Workspace)
	if err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	if ws.HibernatedAt != nil {
		return r.midway(ctx)
	}
	return bringBack(ctx, r)
}
