package provisioner

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// held is a worker that is in the middle of step two until it is let go.
type held struct {
	op                  uuid.UUID
	entered, let, ended chan struct{}
	err                 error
}

// hold begins an operation with an engine, and returns when it is in the middle of step two, whose end is last.
func (r *rig) hold(e *Engine, last call) *held {
	r.t.Helper()
	h := &held{r.request(), make(chan struct{}), make(chan struct{}), make(chan struct{}), nil}
	r.when("do two", func(ctx context.Context, run *Run) error {
		if run.engine != e {
			return nil
		}
		close(h.entered)
		<-h.let
		return last(ctx, run)
	})
	go func() {
		defer close(h.ended)
		h.err = e.Work(r.t.Context(), h.op)
	}()
	select {
	case <-h.entered:
	case <-time.After(time.Minute):
		r.t.Fatal("step two was not begun within a minute")
	}
	return h
}

// release lets the worker go on, and waits until it has ended.
func (h *held) release(r *rig) {
	r.t.Helper()
	close(h.let)
	select {
	case <-h.ended:
		r.must(h.err)
	case <-time.After(time.Minute):
		r.t.Fatal("the worker did not end within a minute")
	}
}

func nothing(context.Context, *Run) error { return nil }

func TestOnlyOneWorkerActsOnAnOperation(t *testing.T) {
	t.Parallel()
	r := setup(t)
	a, b := r.engine("a", time.Minute), r.engine("b", time.Minute)
	h := r.hold(a, nothing)
	r.must(b.Work(t.Context(), h.op))
	r.happened("do one", "do two")
	if !r.truth(h.op, "lease_owner = 'a' and epoch = 1") {
		t.Error("the second worker has touched the lease")
	}
	h.release(r)
	r.happened("do three", "end succeeded")
}

func TestWorkerThatLostItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	r := setup(t)
	a, b := r.engine("a", time.Minute), r.engine("b", time.Minute)
	var inStep error
	h := r.hold(a, func(ctx context.Context, run *Run) error {
		inStep = run.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
			_, err := q.SetProgress(ctx, dbsql.SetProgressParams{ID: run.op.ID, State: "running", Message: "written by a worker without a lease"})
			return err
		})
		return inStep
	})
	r.happened("do one", "do two")
	r.set(h.op, "lease_until = clock_timestamp() - interval '1 second'") // the worker was halted for longer than its lease
	r.must(b.Work(t.Context(), h.op))
	r.happened("do two", "do three", "end succeeded")
	before := r.operation(h.op)
	h.release(r)
	if !errors.Is(inStep, errLeaseLost) {
		t.Errorf("what it writes within the step ends with: %v", inStep)
	}
	r.happened()
	if after := r.operation(h.op); after.State != tenants.Succeeded || !reflect.DeepEqual(after, before) {
		t.Errorf("before it was let go %+v, after %+v", before, after)
	}
}

func TestWorkerThatLostItsLeaseCanNotFinishItsStep(t *testing.T) {
	t.Parallel()
	r := setup(t)
	a := r.engine("a", time.Minute)
	h := r.hold(a, nothing)
	r.happened("do one", "do two")
	r.set(h.op, "lease_owner = 'b', epoch = epoch + 1")
	h.release(r)
	r.happened()
	if got := r.operation(h.op); got.Steps[1].State != stepRunning || !r.truth(h.op, "lease_owner = 'b'") {
		t.Errorf("it finished its step, or gave back a lease that is not its own: %+v", got)
	}
}

func TestExpiredLeaseIsNoLeaseEvenBeforeSomebodyTakesIt(t *testing.T) {
	t.Parallel()
	r := setup(t)
	a := r.engine("a", time.Minute)
	h := r.hold(a, nothing)
	r.set(h.op, "lease_until = clock_timestamp() - interval '1 second'")
	h.release(r)
	r.happened("do one", "do two")
	if got := r.operation(h.op); got.Steps[1].State != stepRunning {
		t.Errorf("it finished its step: %+v", got)
	}
}

func TestLeaseIsRenewedWhileAStepTakesLong(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const lease = 2 * time.Second
	a, b := r.engine("a", lease), r.engine("b", lease)
	h := r.hold(a, nothing)
	r.eventually("two leases' time has passed", func() bool {
		r.must(b.Work(t.Context(), h.op))
		return r.truth(h.op, "clock_timestamp() > created_at + interval '4 seconds'")
	})
	if !r.truth(h.op, "lease_owner = 'a' and epoch = 1 and lease_until > clock_timestamp()") {
		t.Error("the lease was not renewed")
	}
	h.release(r)
	r.happened("do one", "do two", "do three", "end succeeded")
}

func TestStepEndsWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var cause error
	r.when("do two", func(ctx context.Context, run *Run) error {
		r.set(run.op.ID, "lease_owner = 'b', lease_until = clock_timestamp() + interval '1 minute', epoch = epoch + 1")
		<-ctx.Done()
		cause = context.Cause(ctx)
		return ctx.Err()
	})
	e, op := r.engine("a", 400*time.Millisecond), r.request()
	ended := make(chan error, 1)
	go func() { ended <- e.Work(t.Context(), op) }()
	select {
	case err := <-ended:
		r.must(err)
	case <-time.After(time.Minute):
		t.Fatal("the step goes on without a lease")
	}
	if !errors.Is(cause, errLeaseLost) {
		t.Errorf("the step's context ended with %v", cause)
	}
	r.happened("do one", "do two")
	if got := r.operation(op); got.Steps[1].Attempts != 1 || got.State != tenants.Going || !r.truth(op, "lease_owner = 'b'") {
		t.Errorf("the worker has changed what was no longer its own: %+v", got)
	}
}

func TestStepEndsWhenTheLeaseCanNotBeRenewed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Second)
	var cause error
	r.when("do two", func(ctx context.Context, _ *Run) error {
		go e.pool.Close() // as good as a database that is out of reach
		<-ctx.Done()
		cause = context.Cause(ctx)
		return ctx.Err()
	})
	op := r.request()
	if err := e.Work(t.Context(), op); err != nil {
		t.Logf("the worker ends with: %v", err)
	}
	if !errors.Is(cause, errLeaseLost) {
		t.Errorf("the step's context ended with %v", cause)
	}
	r.happened("do one", "do two")
}

func TestShutdownGivesTheLeaseBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ctx, stop := context.WithCancel(t.Context())
	r.when("do two", func(ctx context.Context, run *Run) error {
		if run.lease.epoch > 1 {
			return nil
		}
		stop()
		<-ctx.Done()
		return ctx.Err()
	})
	op := r.request()
	r.must(r.engine("a", time.Minute).Work(ctx, op))
	if !r.truth(op, "lease_owner is null and lease_until is null and state = 'running' and due_at <= clock_timestamp()") {
		t.Error("nobody else can go on at once")
	}
	r.must(r.engine("b", time.Minute).Work(t.Context(), op))
	r.happened("do one", "do two", "do two", "do three", "end succeeded")
}

func TestShutdownGivesNoLeaseOfAnotherBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ctx, stop := context.WithCancel(t.Context())
	r.when("do two", func(ctx context.Context, run *Run) error {
		r.set(run.op.ID, "lease_owner = 'b', lease_until = clock_timestamp() + interval '1 minute', epoch = epoch + 1")
		stop()
		<-ctx.Done()
		return ctx.Err()
	})
	op := r.request()
	r.must(r.engine("a", time.Minute).Work(ctx, op))
	if !r.truth(op, "lease_owner = 'b' and lease_until is not null") {
		t.Error("it gave back a lease that is not its own")
	}
}
