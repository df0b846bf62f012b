package provisioner

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// turnTakes is how far apart those go on that were there twice when a worker died.
const turnTakes = time.Second

// respites are the pauses of what dies again after it went on alone.
var respites = backoff.Doubling{First: 5 * time.Second, Most: 2 * time.Minute}

// respite is how long an operation waits after its worker died in the n-th attempt at a step, with so many before it in
// line. The first time nobody waits: it may be anybody's fault. The second time they go on one after the other, as all
// would die again with the one that kills; nobody stands in line where suspects are worked apart. What then dies once more pauses, as each death costs all that go on.
func respite(attempts, before int) time.Duration {
	wait := time.Duration(before) * turnTakes
	switch {
	case attempts < 2:
		return 0
	case attempts == 2:
		return wait
	default:
		return wait + respites.After(attempts-2)
	}
}

// sweep frees what dead workers hold, and nudges what is due.
func (e *Engine) sweep(ctx context.Context) error {
	if err := e.freeLeases(ctx); err != nil {
		return err
	}
	return e.nudgeDue(ctx)
}

// TakeOver frees what dead workers hold, and nudges what is due and somebody waits for: blanks that were being made would take the
// processor from that. It comes before a worker's first nudge: that one would find its operation still taken, and be the last until the
// next sweep.
func (e *Engine) TakeOver(ctx context.Context) error {
	if err := e.freeLeases(ctx); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error { return e.offer(ctx, tx, offerMost, 0, true) })
}

// freeLeases takes the leases of workers that died: those that ran out, and those of processes of this machine that are
// known to have ended, so that nobody waits for a lease to run out because the one worker of a machine was restarted.
func (e *Engine) freeLeases(ctx context.Context) error {
	q := dbsql.New(e.pool)
	leases, err := q.Leases(ctx)
	if err != nil {
		return fmt.Errorf("look at leases: %w", err)
	}
	line := 0
	for _, l := range leases {
		if !l.RanOut && !proc.Dead(l.Owner) {
			continue
		}
		op := operation(l.Operation)
		wait, message := respite(op.Attempts, line), ""
		if op.Attempts > 1 && e.share == All {
			line++
		}
		if wait > 0 {
			message = fmt.Sprintf("no worker survived %s, attempt %d; the next one is in %s", op.Step, op.Attempts, wait.Round(100*time.Millisecond))
		}
		n, err := q.FreeLease(ctx, dbsql.FreeLeaseParams{ID: op.ID, Epoch: l.Operation.Epoch, Owner: l.Owner, Seconds: wait.Seconds(), Message: message})
		if err != nil {
			return fmt.Errorf("free operation %s: %w", op.ID, err)
		}
		if n > 0 {
			e.log.With(about(op)...).Warn("a worker died with an operation", "owner", l.Owner, "step", op.Step, "attempt", op.Attempts, "wait", wait.String())
		}
	}
	return nil
}
