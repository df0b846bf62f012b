package provisioner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// serveRoute lets the edges send requests to the instance.
func serveRoute(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, q *dbsql.Queries) error { return serve(ctx, route, q) })
}

func serve(ctx context.Context, route *tenants.Route, q *dbsql.Queries) error {
	in, err := q.OpenInstance(ctx, route.Workspace)
	if err != nil {
		return fmt.Errorf("read the instance: %w", err)
	}
	route.State, route.Address = tenants.Serving, in.Address
	return nil
}

// layAsleep makes the edges hold requests until the workspace is woken.
func layAsleep(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, _ *dbsql.Queries) error {
		route.State = tenants.Asleep
		return nil
	})
}

// haltAgain makes the edges answer as they did before the start that is taken back.
func haltAgain(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, _ *dbsql.Queries) error {
		route.State = tenants.Halted
		return nil
	})
}

// haltRoute makes the edges answer 503 with a page.
func haltRoute(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, _ *dbsql.Queries) error {
		var args tenants.StopArgs
		if err := json.Unmarshal(r.args, &args); err != nil {
			return permanent{fmt.Errorf("decode the arguments: %w", err)}
		}
		route.State, route.Message = tenants.Halted, args.Message
		return nil
	})
}

// withdrawRoute makes the hosts unknown to the edges.
func withdrawRoute(ctx context.Context, r *Run) error {
	return r.route(ctx, func(route *tenants.Route, _ *dbsql.Queries) error {
		route.State, route.Hosts = tenants.Gone, nil
		return nil
	})
}

func (r *Run) route(ctx context.Context, settle func(*tenants.Route, *dbsql.Queries) error) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, tx pgx.Tx) error {
		ws, err := q.GetWorkspace(ctx, *r.op.Workspace)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		route := tenants.Route{Workspace: ws.ID, Hosts: []string{r.engine.store.Host(ws.Slug)}}
		// What visitors were told last stays with the route, in case it is halted again.
		if route.Message, err = q.RouteMessage(ctx, ws.ID); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("read the route: %w", err)
		}
		if err := settle(&route, q); err != nil {
			return err
		}
		return r.engine.store.SetRoute(ctx, tx, route)
	})
}
