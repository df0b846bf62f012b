package terraform

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/jackc/pgx/v5"
)

//go:embed init_lock.sql
var initLock string

// initialise runs terraform's init while nobody else, in any process, runs it on the same state database: the back end
// makes a sequence that all stacks share, and two that make it at once fail.
func (r *Runner) initialise(ctx context.Context, this run) error {
	conn, err := pgx.Connect(ctx, r.stateURL)
	if err != nil {
		return fmt.Errorf("reach the state database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, initLock); err != nil {
		return fmt.Errorf("wait for another stack's init: %w", err)
	}
	if err := this.tf.Init(ctx, this.reattach, tfexec.Reconfigure(true)); err != nil {
		return this.complain(ctx, "initialise", err)
	}
	return nil
}
