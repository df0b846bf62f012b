package provisioner

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// retireSteps take a workspace that shall be deleted out of service. Its data is kept until the date.
var retireSteps = []Step{
	{"route", announceDeletion, routeAsBefore},
	{"instance", removeInstance, runAsBefore},
}

// announceDeletion makes the edges answer with a page that says until when the workspace can be brought back.
func announceDeletion(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(_ *dbsql.Queries, tx pgx.Tx) error {
		return r.engine.store.AnnounceDeletion(ctx, tx, *r.op.Workspace)
	})
}

// routeAsBefore makes the edges serve the workspace again, or tell visitors what they were told before.
func routeAsBefore(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, tx pgx.Tx) error {
		ws, err := q.GetWorkspace(ctx, *r.op.Workspace)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		was, message, err := r.engine.store.BeforeDeletion(ctx, tx, ws.ID)
		if err != nil {
			return err
		}
		route := tenants.Route{Workspace: ws.ID, Hosts: []string{r.engine.store.Host(ws.Slug)}, State: tenants.Halted, Message: message}
		switch was {
		case tenants.Running:
			if err := serve(ctx, &route, q); err != nil {
				return err
			}
		case tenants.Hibernated:
			route.State = tenants.Asleep
		}
		return r.engine.store.SetRoute(ctx, tx, route)
	})
}

// runAsBefore runs the instance again of a workspace that ran.
func runAsBefore(ctx context.Context, r *Run) error {
	var was tenants.State
	err := r.fenced(ctx, func(_ *dbsql.Queries, tx pgx.Tx) (err error) {
		was, _, err = r.engine.store.BeforeDeletion(ctx, tx, *r.op.Workspace)
		return err
	})
	if err != nil {
		return err
	}
	if was != tenants.Running {
		return r.midway(ctx)
	}
	return bringBack(ctx, r)
}
