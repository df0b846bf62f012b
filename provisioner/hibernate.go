package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// hibernateSteps put the instance of a workspace to rest that nobody uses. It is asked twice: first whether it may, and then, as soon as
// nobody new gets to it, whether it still may, and when something is due.
var hibernateSteps = []Step{
	{"quiet", seeThatItIsQuiet, nil},
	{"route", layAsleep, serveRoute},
	{"rest", noteRest, nil},
	{"instance", restInstance, bringBack},
}

// restLeast is how long a workspace must be able to rest: for less, a start costs more than it saves.
const restLeast = time.Minute

func seeThatItIsQuiet(ctx context.Context, r *Run) error {
	if _, err := r.mayRest(ctx); err != nil {
		return err
	}
	return r.midway(ctx)
}

// noteRest writes down when something is due.
func noteRest(ctx context.Context, r *Run) error {
	due, err := r.mayRest(ctx)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, tx pgx.Tx) error {
		ws, err := q.GetWorkspace(ctx, *r.op.Workspace)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		if ws.WakeWantedAt != nil {
			return declined{"somebody came back while the workspace was put to rest"}
		}
		return r.engine.store.SetWakeAt(ctx, tx, ws.ID, due)
	})
}

// mayRest asks the instance, and returns when something is due in it; nil: nothing is. It declines where somebody is there.
func (r *Run) mayRest(ctx context.Context) (due *time.Time, err error) {
	in, err := r.instance(ctx)
	if err != nil {
		return nil, err
	}
	if in.Admin == "" {
		return nil, declined{"the workspace's server can't be asked whether it may rest"}
	}
	client := adminClient{socket: in.Admin, workspace: id.Show(id.Workspace, in.WorkspaceID), actor: tenants.System, request: r.op.RequestID, signer: r.cell.Control}
	is, err := client.rest(ctx)
	switch {
	case errors.Is(err, errUnknownCall):
		return nil, declined{"the workspace runs a release that can't hibernate; a later one can"}
	case err != nil:
		return nil, err
	case *is.WebSockets > 0:
		return nil, declined{fmt.Sprintf("somebody is there: web sockets are open (%d)", *is.WebSockets)}
	case is.due != nil && time.Until(*is.due) < restLeast:
		return nil, declined{"something is due in the workspace within a minute, at " + is.due.UTC().Format(time.RFC3339)}
	}
	return is.due, nil
}
