package provisioner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// permanent marks an error that trying again can't help.
type permanent struct{ error }

// Unwrap returns the error itself.
func (p permanent) Unwrap() error { return p.error }

// errNoSurvivor is the setback of a step whose attempts are used up though none of them is known to have failed: they took
// their workers with them, which must not go on for ever.
var errNoSurvivor = errors.New("no worker survived the attempts before")

// attempt tries to do a step, or to take it back, once, and writes down what came of it. It reports whether the
// operation has to wait before the next attempt, or goes on with another worker.
func (e *Engine) attempt(ctx context.Context, r *Run, m move, i int) (waits bool, err error) {
	step := r.steps[i]
	if step.foreign {
		return false, fmt.Errorf("step %s is another version's: a worker of that one has to finish it, or to take it back", step.Name)
	}
	act, during, after, name := step.Do, stepRunning, stepDone, step.Name
	if m == undo {
		act, during, after, name = step.Undo, stepUndoing, stepUndone, "undo-"+step.Name
	}
	tries, err := e.begin(ctx, r, i, during)
	if errors.Is(err, errCancelled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if m == do && !r.plan.onward && tries > doAttempts {
		return e.setback(ctx, r, i, tries, errNoSurvivor)
	}
	r.point = string(r.op.Kind) + "/" + name
	err = fault(ctx, r, "before")
	if err == nil && act != nil {
		err = e.measured(ctx, r, name, act, m == do)
	}
	if cause := context.Cause(ctx); cause != nil {
		return false, cause
	}
	if errors.Is(err, errLeaseLost) {
		return false, err
	}
	if errors.Is(err, errCancelled) {
		return false, nil
	}
	if err != nil {
		return e.setback(ctx, r, i, tries, err)
	}
	if err := fault(ctx, r, "after"); err != nil {
		return e.setback(ctx, r, i, tries, err)
	}
	return e.share == Suspects, e.fenced(ctx, r.lease, func(tx pgx.Tx) error {
		if err := survived(ctx, dbsql.New(tx), r.op.ID, nil); err != nil {
			return err
		}
		err := dbsql.New(tx).FinishStep(ctx, dbsql.FinishStepParams{OperationID: r.op.ID, Number: int32(i), State: after})
		if err != nil {
			return fmt.Errorf("finish step %s: %w", step.Name, err)
		}
		return nil
	})
}

// stepLimit is how long one attempt may take. What hangs, a part of a cell that takes connections and never answers,
// must become a setback, as the lease would be renewed for ever.
const stepLimit = 2 * time.Minute

var errTooLong = errors.New("the attempt took too long")

func limited(ctx context.Context, r *Run, act func(context.Context, *Run) error) error {
	limit := stepLimit
	if r.direction() == tenants.Going {
		limit = cmp.Or(r.plan.limit, stepLimit)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: longer than %s", errTooLong, limit))
	defer cancel()
	// What is wrong with one operation must not end the worker, and with it all others.
	err := guard.Call(func() error { return act(ctx, r) })
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// begin writes down that a step is being done, or taken back, and returns how often that was tried, this time included.
func (e *Engine) begin(ctx context.Context, r *Run, i int, during string) (tries int, err error) {
	name := r.steps[i].Name
	err = e.fenced(ctx, r.lease, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		n, err := q.BeginStep(ctx, dbsql.BeginStepParams{OperationID: r.op.ID, Number: int32(i), State: during})
		if err != nil {
			return fmt.Errorf("begin step %s: %w", name, err)
		}
		tries = int(n)
		state, message := tenants.Going, "doing "+name
		if during == stepUndoing {
			state, message = tenants.Undoing, "taking back "+name
		}
		set, err := q.SetProgress(ctx, dbsql.SetProgressParams{ID: r.op.ID, State: string(state), Step: name, Attempts: n, Message: message})
		if err != nil {
			return fmt.Errorf("set progress: %w", err)
		}
		if set == 0 {
			return errCancelled
		}
		return nil
	})
	return tries, err
}

// setback decides what a failed step means, and writes it down. It reports whether the operation has to wait.
func (e *Engine) setback(ctx context.Context, r *Run, i, tries int, failure error) (waits bool, err error) {
	if no := (declined{}); errors.As(failure, &no) && r.direction() == tenants.Going {
		return e.share == Suspects, e.decline(ctx, r, i, no)
	}
	name := r.steps[i].Name
	next := react(setback{state: r.direction(), attempts: tries, onward: r.plan.onward, permanent: errors.As(failure, &permanent{})})
	wait := pause.After(tries)
	r.log.Error("step failed", "kind", r.op.Kind, "step", name, "attempt", tries, "next", next.String(), "error", failure)
	said := r.failure(ctx, failure)
	q := dbsql.New(e.pool)
	return next == again || e.share == Suspects, e.fenced(ctx, r.lease, func(tx pgx.Tx) error {
		q = q.WithTx(tx)
		if err := survived(ctx, q, r.op.ID, failure); err != nil {
			return err
		}
		switch next {
		case back:
			return q.TurnBack(ctx, dbsql.TurnBackParams{ID: r.op.ID, Number: int32(i), Failure: said, Reason: name + ": " + said,
				Message: fmt.Sprintf("%s could not be done", name)})
		default:
			return q.Postpone(ctx, dbsql.PostponeParams{ID: r.op.ID, Seconds: wait.Seconds(), Number: int32(i), Failure: said,
				Message: fmt.Sprintf("%s failed, attempt %d; the next one is in %s", name, tries, wait.Round(100*time.Millisecond))})
		}
	})
}

// String implements fmt.Stringer, for the log.
func (t turn) String() string { return [...]string{"again", "back"}[t] }
