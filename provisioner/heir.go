package provisioner

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// The pauses after a worker has died of a step, or with it, more than once.
const (
	respiteFirst = 5 * time.Second
	respiteMost  = 2 * time.Minute
)

// respite is how long an operation waits after its worker died in the n-th attempt at a step. The first time nobody knows
// whose fault it was. Of what was there again when a worker died others must have a rest: each death costs all that go on.
func respite(attempts int) time.Duration {
	if attempts < 2 {
		return 0
	}
	return min(respiteMost, respiteFirst<<min(attempts-2, 16))
}

// sweep frees what dead workers hold, and nudges what is due.
func (e *Engine) sweep(ctx context.Context) error {
	if err := e.freeLeases(ctx); err != nil {
		return err
	}
	return e.nudgeDue(ctx)
}

// freeLeases takes the leases of workers that died: those that ran out, and those of processes of this machine that are
// known to have ended, so that nobody waits for a lease to run out because the one worker of a machine was restarted.
func (e *Engine) freeLeases(ctx context.Context) error {
	q := dbsql.New(e.pool)
	leases, err := q.Leases(ctx)
	if err != nil {
		return fmt.Errorf("look at leases: %w", err)
	}
	for _, l := range leases {
		if !l.RanOut && !proc.Dead(l.Owner) {
			continue
		}
		wait, message := respite(int(l.Attempts)), ""
		if wait > 0 {
			message = fmt.Sprintf("no worker survived %s, attempt %d; the next one is in %s", l.Step, l.Attempts, wait)
		}
		n, err := q.FreeLease(ctx, dbsql.FreeLeaseParams{ID: l.ID, Epoch: l.Epoch, Owner: l.Owner, Seconds: wait.Seconds(), Message: message})
		if err != nil {
			return fmt.Errorf("free operation %s: %w", l.ID, err)
		}
		if n > 0 {
			e.log.Warn("a worker died with an operation", "operation", id.Show(id.Operation, l.ID), "owner", l.Owner, "step", l.Step, "attempt", l.Attempts, "wait", wait)
		}
	}
	return nil
}
