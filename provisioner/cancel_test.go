package provisioner

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

func (r *rig) cancel(op uuid.UUID) error {
	_, err := r.store.Cancel(r.t.Context(), tenants.Principal{}, op, "changed our minds")
	return err
}

func TestCancelledBeforeAnybodyBeganItEndsWithNothingMade(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	r.must(r.cancel(op))
	r.must(r.engine("a", time.Minute).Work(t.Context(), op))
	r.happened("end undone")
	got := r.operation(op)
	if got.State != tenants.Undone || got.Message != "cancelled, and everything was taken back" || got.CancelReason != "changed our minds" {
		t.Errorf("%+v", got)
	}
	r.must(r.cancel(op)) // twice is once
}

func TestWhatNobodyHasBegunEndsAtOnceThoughItsTenantHasNoPlace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Minute)
	ops := r.requests(perTenant + 1)
	r.ofTenant(uuid.New(), ops...)
	for _, op := range ops[:perTenant] {
		r.set(op, "lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	}
	last := ops[perTenant]
	r.must(r.cancel(last))
	r.must(e.Work(t.Context(), last))
	if got := r.operation(last); got.State != tenants.Undone {
		t.Errorf("it is %s: %s", got.State, got.Message)
	}
	// As when the nudge was lost.
	other := r.request()
	r.ofTenant(*r.operation(ops[0]).Tenant, other)
	r.must(r.cancel(other))
	r.set(other, "nudged_at = clock_timestamp() - interval '1 hour'")
	r.nudges = nil
	r.must(e.nudgeDue(t.Context()))
	if !slices.Equal(r.nudges, []uuid.UUID{other}) {
		t.Errorf("nudged: %v, want %s", r.nudges, other)
	}
}

func TestCancelledBetweenTwoStepsIsTakenBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Minute)
	h := r.hold(e, func(context.Context, *Run) error { return nil })
	r.must(r.cancel(h.op))
	h.release(r)
	r.happened("do one", "do two", "undo two", "undo one", "end undone")
}

func TestCancelledInItsLastStepDoesNotSucceed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e, op := r.engine("a", time.Minute), r.request()
	r.when("do three", func(context.Context, *Run) error { return r.cancel(op) })
	r.must(e.Work(t.Context(), op))
	r.happened("do one", "do two", "do three", "undo three", "undo two", "undo one", "end undone")
}

func TestAnAttemptThatHangsEndsWhenItIsCancelled(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", 400*time.Millisecond)
	h := r.hold(e, func(ctx context.Context, _ *Run) error {
		<-ctx.Done()
		return ctx.Err()
	})
	r.must(r.cancel(h.op))
	h.release(r)
	r.happened("do one", "do two", "undo two", "undo one", "end undone")
}

func TestWhatIsNeverTakenBackCanNotBeCancelled(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	r.set(op, "kind = 'delete'")
	if err := r.cancel(op); err == nil || !strings.Contains(err.Error(), "delete can't be taken back") {
		t.Errorf("err = %v", err)
	}
	done := r.request()
	r.must(r.engine("a", time.Minute).Work(t.Context(), done))
	if err := r.cancel(done); err == nil || !strings.Contains(err.Error(), "is over: it is succeeded") {
		t.Errorf("err = %v", err)
	}
}

func TestRetryDoesNotWaitForThePause(t *testing.T) {
	t.Parallel()
	r := setup(t)
	failing := true
	r.when("do one", func(context.Context, *Run) error {
		if failing {
			return errBadLuck
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	r.set(op, "due_at = clock_timestamp() + interval '1 hour'")
	failing = false
	r.nudges = nil
	_, err := r.store.Retry(t.Context(), tenants.Principal{}, op)
	r.must(err)
	if len(r.nudges) != 1 {
		t.Errorf("nudges %v", r.nudges)
	}
	r.must(e.Work(t.Context(), op))
	if got := r.operation(op).State; got != tenants.Succeeded {
		t.Errorf("it is %s", got)
	}
	if _, err := r.store.Retry(t.Context(), tenants.Principal{}, op); err == nil || !strings.Contains(err.Error(), "it is succeeded") {
		t.Errorf("err = %v", err)
	}
}

func TestAnOperationThatDoesNotGetOnIsToldOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.onward = true
	r.when("do one", func(context.Context, *Run) error { return errBadLuck })
	e, op := r.engine("a", time.Minute), r.request()
	for range 10 {
		if stuck, err := r.store.MarkStuck(t.Context()); err != nil || len(stuck) != 0 {
			t.Fatalf("%+v, %v", stuck, err)
		}
		r.set(op, "due_at = clock_timestamp()")
		r.must(e.Work(t.Context(), op))
	}
	stuck, err := r.store.MarkStuck(t.Context())
	if err != nil || len(stuck) != 1 || stuck[0].ID != op {
		t.Fatalf("%+v, %v", stuck, err)
	}
	if again, err := r.store.MarkStuck(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("told again: %+v, %v", again, err)
	}
	counts, err := r.store.Counts(t.Context())
	if err != nil || counts.Stuck[tenants.KindPrepare] != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
}
