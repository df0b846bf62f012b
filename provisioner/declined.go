package provisioner

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// declined is what a step returns that found out that the operation should not be done. That is no failure: nobody is paged, everything is
// taken back at once, and whoever asked reads why.
type declined struct{ why string }

// Error implements error.
func (d declined) Error() string { return d.why }

// decline has the operation taken back, in the system's name.
func (e *Engine) decline(ctx context.Context, r *Run, i int, d declined) error {
	r.log.Info("operation declined", "kind", r.op.Kind, "step", r.steps[i].Name, "why", d.why)
	return e.fenced(ctx, r.lease, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := survived(ctx, q, r.op.ID, nil); err != nil {
			return err
		}
		if err := q.Decline(ctx, dbsql.DeclineParams{ID: r.op.ID, Number: int32(i), By: tenants.System, Message: d.why}); err != nil {
			return fmt.Errorf("decline operation: %w", err)
		}
		return nil
	})
}
