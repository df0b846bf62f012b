package provisioner

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// A worker that dies in any step, on the way there or back, is followed by another one, which begins with that step.
func TestDeadWorkersOperationIsResumedFromTheStepItDiedIn(t *testing.T) {
	t.Parallel()
	there := []string{"do one", "do two", "do three", "end succeeded"}
	back := []string{"do one", "do two", "do three", "undo three", "undo two", "undo one", "end undone"}
	for name, whole := range map[string][]string{"there": there, "back": back} {
		for i, last := range whole[:len(whole)-1] {
			t.Run(name+", dead in "+last, func(t *testing.T) {
				t.Parallel()
				r := setup(t)
				a, b := r.engine("a", 700*time.Millisecond), r.engine("b", time.Minute)
				if name == "back" {
					r.when("do three", func(context.Context, *Run) error { return permanent{errBadLuck} })
				}
				r.dieIn(a, last)
				op := r.request()
				r.eventually("the worker is dead", func() bool {
					r.set(op, "due_at = clock_timestamp()")
					return a.Work(t.Context(), op) != nil
				})
				r.happened(whole[:i+1]...)
				got := r.finish(b, op)
				r.happened(whole[i:]...)
				want := map[string]tenants.Progress{"there": tenants.Succeeded, "back": tenants.Undone}[name]
				if got.State != want || slices.Contains(states(got), stepRunning) || slices.Contains(states(got), stepUndoing) {
					t.Errorf("%s with steps %v, want %s", got.State, states(got), want)
				}
			})
		}
	}
}

// dieIn cuts a worker off from the database for good once it has done a step and not yet written that down, which is
// all that others see of its death: its lease runs out.
func (r *rig) dieIn(e *Engine, last string) {
	usual := r.then[last]
	r.when(last, func(ctx context.Context, run *Run) error {
		if run.engine != e {
			if usual != nil {
				return usual(ctx, run)
			}
			return nil
		}
		e.pool.Close()
		<-ctx.Done()
		return ctx.Err()
	})
}
