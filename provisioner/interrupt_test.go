package provisioner

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

// ending is an engine whose operations end as it is told.
func (r *rig) ending(finish finisher) *Engine {
	r.t.Helper()
	e := r.engine("a", 400*time.Millisecond)
	p := e.plans[tenants.KindPrepare]
	p.finish = finish
	e.plans[tenants.KindPrepare] = p
	return e
}

func TestWhatFailsOutsideOfAStepIsLeftAloneForLongerEachTime(t *testing.T) {
	t.Parallel()
	for name, finish := range map[string]finisher{
		"an error": func(context.Context, pgx.Tx, *Run, tenants.Progress) error { return errors.New("no way from a to b") },
		"a panic":  func(context.Context, pgx.Tx, *Run, tenants.Progress) error { panic("out of luck") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			e, op := r.ending(finish), r.request()
			for i, full := range []float64{0.2, 0.4, 0.8} {
				r.set(op, "due_at = clock_timestamp(), nudged_at = clock_timestamp()") // the latter as a mark of the time
				r.nudges = nil
				r.must(e.Work(t.Context(), op))
				pauses := fmt.Sprintf("interruptions = %d and due_at - nudged_at > make_interval(secs => %g / 2)", i+1, full)
				if !r.truth(op, pauses) || len(r.nudges) != 0 {
					t.Errorf("interruption %d: nudged again: %v, or not %s", i+1, r.nudges, pauses)
				}
				if !r.truth(op, "lease_owner is null and lease_until is null") {
					t.Errorf("interruption %d: the operation is still leased", i+1)
				}
			}
			if got := r.operation(op); got.State != tenants.Going || got.Steps[2].State != stepDone {
				t.Errorf("the operation is %+v", got)
			}
			r.set(op, "interruptions = 10")
			if list, err := r.store.MarkStuck(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("of what is interrupted again and again nobody is told: %v, %v", list, err)
			}
		})
	}
}

func TestAStepThatIsDoneForgetsInterruptions(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.when("do two", func(context.Context, *Run) error { return errBadLuck })
	e, op := r.engine("a", time.Minute), r.request()
	r.set(op, "interruptions = 5")
	r.must(e.Work(t.Context(), op))
	if !r.truth(op, "interruptions = 0") {
		t.Error("it got on, and waits as if it had not")
	}
}
