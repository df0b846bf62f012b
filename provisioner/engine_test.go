package provisioner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestStepsAreDoneInOrderAndOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	r.happened("do one", "do two", "do three", "end succeeded")
	got := r.operation(op)
	if got.State != tenants.Succeeded || got.Step != "" || got.Message != "done" || got.StartedAt == nil || got.FinishedAt == nil {
		t.Errorf("the operation is %+v", got)
	}
	for _, step := range got.Steps {
		if step.State != stepDone || step.Attempts != 1 || step.StartedAt == nil || step.FinishedAt == nil {
			t.Errorf("the step is %+v", step)
		}
	}
	if !r.truth(op, "lease_owner is null and lease_until is null") {
		t.Error("an operation that is over is still leased")
	}
	r.must(e.Work(t.Context(), op))
	r.happened()
}

func TestWhatCanNotBeDoneIsTakenBackInReverseOrder(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.when("do two", func(context.Context, *Run) error { return permanent{errBadLuck} })
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	r.happened("do one", "do two", "undo two", "undo one", "end undone")
	got := r.operation(op)
	if got.Message != "two could not be done, and everything was taken back" {
		t.Errorf("the message is %q", got.Message)
	}
	if want := []string{stepUndone, stepUndone, stepWaiting}; got.State != tenants.Undone || !slices.Equal(states(got), want) {
		t.Errorf("%s with steps %v, want %v", got.State, states(got), want)
	}
}

func TestFailedStepIsTriedAgainAfterAPauseAndThenTakenBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.when("do two", func(context.Context, *Run) error { return errBadLuck })
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	r.happened("do one", "do two")
	for attempt := 1; attempt < doAttempts; attempt++ {
		got := r.operation(op)
		if got.State != tenants.Going || got.Step != "two" || got.Attempts != attempt || !strings.Contains(got.Message, "the next one is in ") {
			t.Fatalf("after attempt %d: %+v", attempt, got)
		}
		if !r.truth(op, "lease_until is null and due_at > created_at") {
			t.Fatalf("after attempt %d the operation is leased, or due as before", attempt)
		}
		r.set(op, "due_at = clock_timestamp() + interval '1 minute'")
		r.must(e.Work(t.Context(), op)) // a nudge that comes too early
		r.happened()
		r.set(op, "due_at = clock_timestamp()")
		r.must(e.Work(t.Context(), op))
		if attempt+1 < doAttempts {
			r.happened("do two")
		}
	}
	r.happened("do two", "undo two", "undo one", "end undone")
	if got := r.operation(op); got.State != tenants.Undone {
		t.Errorf("after %d attempts: %+v", doAttempts, got)
	}
}

func TestSetbackPostponesByThePauseOfItsAttempt(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.when("do one", func(context.Context, *Run) error { return errBadLuck })
	e, op := r.engine("a", time.Minute), r.request()
	for _, full := range []string{"0.2", "0.4", "0.8"} {
		r.set(op, "due_at = clock_timestamp(), nudged_at = clock_timestamp()") // the latter as a mark of the time
		r.must(e.Work(t.Context(), op))
		if !r.truth(op, "due_at - nudged_at > make_interval(secs => "+full+" / 2)") {
			t.Errorf("the pause is shorter than half of %s s", full)
		}
	}
}

func TestPassingFailureEndsWell(t *testing.T) {
	t.Parallel()
	r := setup(t)
	failures := 2
	r.when("do three", func(context.Context, *Run) error {
		if failures--; failures >= 0 {
			return errBadLuck
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	if got := r.finish(e, op); got.State != tenants.Succeeded || got.Steps[2].Attempts != 3 {
		t.Errorf("%s, the third step after %d attempts", got.State, got.Steps[2].Attempts)
	}
	r.happened("do one", "do two", "do three", "do three", "do three", "end succeeded")
}

func TestOnwardOperationIsNeverTakenBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.onward = true
	failures := doAttempts + 3
	r.when("do two", func(context.Context, *Run) error {
		if failures--; failures >= 0 {
			return permanent{errBadLuck}
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	if got := r.finish(e, op); got.State != tenants.Succeeded || got.Steps[1].Attempts != doAttempts+4 {
		t.Errorf("%s, the second step after %d attempts", got.State, got.Steps[1].Attempts)
	}
	if slices.ContainsFunc(r.journal, func(line string) bool { return strings.HasPrefix(line, "undo") }) {
		t.Errorf("it was taken back: %q", r.journal)
	}
}

func TestTakingBackIsNeverGivenUp(t *testing.T) {
	t.Parallel()
	r := setup(t)
	failures := 20
	r.when("do two", func(context.Context, *Run) error { return permanent{errBadLuck} })
	r.when("undo two", func(context.Context, *Run) error {
		if failures--; failures > 0 {
			return permanent{errBadLuck}
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	if got := r.finish(e, op); got.State != tenants.Undone || got.Steps[1].Attempts != 20 {
		t.Errorf("the operation is %+v", got)
	}
}

func TestWhatAStepWaitsForIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	r := setup(t)
	fails := true
	r.when("do two", func(context.Context, *Run) error {
		if fails {
			return errBadLuck
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	if got := r.operation(op).Steps[1].Message; !strings.Contains(got, "two failed, attempt 1; the next one is in ") {
		t.Errorf("beside the step stands %q", got)
	}
	fails = false
	if got := r.finish(e, op).Steps[1].Message; got != "" {
		t.Errorf("beside the step that is done stands %q", got)
	}
}

func TestAStepThatHangsIsASetback(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context, _ *Run) error {
		<-ctx.Done()
		return ctx.Err()
	}
	ended, cancel := context.WithTimeoutCause(t.Context(), 0, errTooLong)
	defer cancel()
	if err := limited(ended, &Run{}, hangs); !errors.Is(err, errTooLong) {
		t.Errorf("what hung ended with %v", err)
	}
	r := setup(t)
	r.when("do two", func(ctx context.Context, _ *Run) error {
		if limit, ok := ctx.Deadline(); !ok || time.Until(limit) > stepLimit {
			t.Errorf("the step may go on until %s", limit)
		}
		return nil
	})
	r.finish(r.engine("a", time.Minute), r.request())
}

func TestKindOrCellThatIsUnknownIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	kindless, cellless, op := r.engine("a", time.Minute), r.engine("b", time.Minute), r.request()
	kindless.plans, cellless.cells = nil, NewCells()
	for _, e := range []*Engine{kindless, cellless} {
		r.must(e.Work(t.Context(), op))
		r.happened()
		if !r.truth(op, "state = 'queued' and lease_owner is null") {
			t.Error("the operation is not left for a worker that knows it")
		}
	}
	r.must(r.engine("c", time.Minute).Work(t.Context(), op))
	r.happened("do one", "do two", "do three", "end succeeded")
}

func TestAPanicIsASetbackOfItsStepAlone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	panics := 1
	r.when("do two", func(context.Context, *Run) error {
		if panics--; panics >= 0 {
			panic("out of luck")
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	if got := r.finish(e, op); got.State != tenants.Succeeded || got.Steps[1].Attempts != 2 {
		t.Errorf("after a panic: %+v", got)
	}
}

func TestAStepThatKillsItsWorkersIsTakenBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e, op := r.engine("a", time.Minute), r.request()
	r.when("do two", func(ctx context.Context, run *Run) error {
		// The worker dies: nothing is written down, and the lease runs out.
		r.set(op, "lease_until = clock_timestamp() - interval '1 second'")
		return errLeaseLost
	})
	for range doAttempts {
		r.must(e.Work(t.Context(), op))
	}
	if got := r.operation(op); got.State != tenants.Going || got.Steps[1].Attempts != doAttempts {
		t.Fatalf("after %d deaths: %+v", doAttempts, got)
	}
	r.must(e.Work(t.Context(), op))
	if got := r.operation(op); got.State != tenants.Undone {
		t.Errorf("after that: %+v", got)
	}
}
