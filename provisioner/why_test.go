package provisioner

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// why is the sentence about an operation.
func (r *rig) why(op uuid.UUID) string {
	r.t.Helper()
	d, err := r.store.Why(r.t.Context(), op)
	r.must(err)
	return d.Sentence
}

func TestWhySaysWhatAnOperationWaitsFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Minute)
	says := func(op uuid.UUID, want string) {
		t.Helper()
		if got := r.why(op); !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	lone := r.request()
	says(lone, "no worker has taken it")
	h := r.hold(e, nothing)
	says(h.op, "It is not waiting: a worker is doing two.")
	h.release(r)
	says(h.op, "it is over, and succeeded")
	r.when("do two", nil)
	second := r.hold(e, nothing)
	says(second.op, "This step usually takes ")
	tenant := uuid.New()
	full := r.requests(perTenant + 1)
	r.ofTenant(tenant, full...)
	for _, op := range full[:perTenant] {
		r.set(op, "lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	}
	r.must(e.Work(t.Context(), full[perTenant]))
	says(full[perTenant], "It is waiting: 2 operations of this tenant")
	paced, others := r.request(), r.requests(beginMost)
	r.ofTenant(uuid.New(), append(others, paced)...)
	for _, op := range others {
		r.set(op, "state = 'succeeded', started_at = clock_timestamp(), finished_at = clock_timestamp()")
	}
	second.release(r)
	for _, op := range full[:perTenant] {
		r.set(op, "lease_until = null")
	}
	r.must(e.Work(t.Context(), paced))
	says(paced, "It is waiting: 5 operations of this tenant began")
	r.set(paced, "state = 'running', started_at = clock_timestamp()")
	for _, op := range others[:perTenant] {
		r.set(op, "state = 'running', finished_at = null, lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	}
	r.must(e.Work(t.Context(), paced))
	says(paced, "It is due and waits for its turn: 2 operations of its tenant")
	r.when("do one", func(context.Context, *Run) error { return errBadLuck })
	r.must(e.Work(t.Context(), lone))
	r.set(lone, "due_at = clock_timestamp() + interval '1 minute'")
	says(lone, "It waits for its next attempt: one failed, attempt 1")
}

func TestWhySaysOfWhatIsCancelledThatAWorkerTakesItBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	h := r.hold(r.engine("a", time.Minute), func(context.Context, *Run) error { return errBadLuck })
	r.must(r.cancel(h.op))
	if got := r.why(h.op); got != "It is not waiting: it was cancelled, and a worker is taking back what was done." {
		t.Errorf("it says %q", got)
	}
	h.release(r)
	r.when("do two", func(context.Context, *Run) error { return permanent{errBadLuck} })
	dead := r.request()
	r.must(r.engine("b", time.Minute).Work(t.Context(), dead))
	if got := r.why(dead); !strings.HasPrefix(got, "It gave up: two could not be done, and everything was taken back. `longhouse operations retry`") {
		t.Errorf("it says %q", got)
	}
}

func TestWhySaysThatAnOperationIsSuspect(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op, mate := r.request(), r.request() // both are nobody's, of one kind
	r.set(op, "suspect = true")
	for _, id := range []uuid.UUID{op, mate} {
		if got := r.why(id); !strings.Contains(got, "A worker died while it was at work") || !strings.Contains(got, "`solo-a`") {
			t.Errorf("it says %q", got)
		}
	}
	r.set(op, "suspect = false")
	if got := r.why(mate); strings.Contains(got, "died") {
		t.Errorf("it says %q", got)
	}
}

func TestWhyCountsNoBackupsAmongWhatOthersWaitFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ops := r.requests(3)
	r.ofTenant(uuid.New(), ops...)
	waits, backup, other := ops[0], ops[1], ops[2]
	r.set(backup, "part = 'backups', state = 'running', started_at = clock_timestamp(), lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	d, err := r.store.Why(t.Context(), waits)
	r.must(err)
	if d.OfTenant != 0 {
		t.Errorf("%d operations of its tenant keep it waiting", d.OfTenant)
	}
	r.set(other, "lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	if d, err = r.store.Why(t.Context(), waits); err != nil || d.OfTenant != 1 {
		t.Errorf("%d operations of its tenant keep it waiting: %v", d.OfTenant, err)
	}
}
