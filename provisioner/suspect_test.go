package provisioner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// sharing is an engine that works only its share.
func (r *rig) sharing(share Share) *Engine {
	e := r.engine(string(share), time.Minute)
	e.share = share
	return e
}

// passed are the operations that were nudged for those who do suspects, and for the others, since this was asked last.
func (r *rig) passed() (suspects, sound []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	suspects, sound = r.suspects, r.nudges
	r.suspects, r.nudges = nil, nil
	return suspects, sound
}

func TestWhatAWorkerDiedWithIsLeftToThoseWhoDoNothingElse(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	op, mate := r.request(), r.request() // both are nobody's, of one kind
	r.die(op, dead, 1)
	r.set(mate, "nudged_at = clock_timestamp() - interval '1 hour'")
	sound, solo := r.sharing(Sound), r.sharing(Suspects)
	r.passed()
	r.must(sound.sweep(t.Context()))
	if suspects, others := r.passed(); len(suspects) != 2 || len(others) != 0 {
		t.Fatalf("nudged are %v as suspects, and %v", suspects, others)
	}
	for _, id := range []uuid.UUID{op, mate} {
		r.must(sound.Work(t.Context(), id))
		if suspects, others := r.passed(); len(suspects) != 1 || suspects[0] != id || len(others) != 0 {
			t.Errorf("passed on are %v as suspects, and %v", suspects, others)
		}
	}
	r.happened()

	r.when("do one", func(ctx context.Context, _ *Run) error {
		return solo.Work(ctx, mate) // nobody goes on beside it
	})
	r.must(solo.Work(t.Context(), op))
	r.happened("do one")
	if suspects, others := r.passed(); len(suspects) != 0 || len(others) == 0 || others[0] != op {
		t.Errorf("passed on are %v as suspects, and %v: the operation survived a step", suspects, others)
	}
	r.must(solo.Work(t.Context(), op))
	r.happened() // it is no suspect any more
	r.when("do one", nil)
	r.must(sound.Work(t.Context(), op))
	r.happened("do two", "do three", "end succeeded")
	r.must(sound.Work(t.Context(), mate))
	r.happened("do one", "do two", "do three", "end succeeded")
}

func TestSuspicionEndsWithAnAttemptThatFails(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	op := r.request()
	r.die(op, dead, 1)
	solo := r.sharing(Suspects)
	r.must(solo.TakeOver(t.Context()))
	r.when("do one", func(context.Context, *Run) error { return errBadLuck })
	r.must(solo.Work(t.Context(), op))
	if r.truth(op, "suspect") {
		t.Error("it survived the attempt, and is suspect")
	}
}

func TestSuspectsOfOneTenantAreNobodyElses(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	_, theirs := r.signUp(t.Context())
	op := r.request()
	r.die(op, dead, 1)
	r.must(r.sharing(Sound).sweep(t.Context()))
	if suspects, others := r.passed(); len(suspects) != 1 || suspects[0] != op || len(others) != 0 && others[0] != theirs.Operation.ID {
		t.Errorf("nudged are %v as suspects, and %v", suspects, others)
	}
}

func TestSuspectsTakeNoOfferFromOthers(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const longAgo = "nudged_at = clock_timestamp() - interval '1 hour'"
	for _, op := range r.requests(perKindAndCell + 1) {
		r.ofTenant(uuid.New(), op)
		r.set(op, "suspect = true, due_at = clock_timestamp() - interval '1 minute', "+longAgo)
	}
	mine := r.request()
	r.ofTenant(uuid.New(), mine)
	r.set(mine, longAgo)
	r.passed()
	r.must(r.sharing(Sound).sweep(t.Context()))
	if suspects, others := r.passed(); len(suspects) != perKindAndCell || !slices.Contains(others, mine) {
		t.Errorf("nudged are %d suspects, and %v", len(suspects), others)
	}
}

func TestNobodyStandsInLineWhereSuspectsAreWorkedApart(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	ops := []uuid.UUID{r.request(), r.request(), r.request()}
	for _, op := range ops {
		r.die(op, dead, 2)
	}
	r.must(r.sharing(Sound).sweep(t.Context()))
	for _, op := range ops {
		if !r.dueIn(op, 0, 0) {
			t.Errorf("it waits: %+v", r.operation(op))
		}
	}
}

func TestSharesNudgeWhoIsThere(t *testing.T) {
	t.Parallel()
	for share, want := range map[Share]string{All: tenants.TopicOperation, Sound: tenants.TopicSuspect, Suspects: tenants.TopicSuspect} {
		if got := share.topic(true); got != want {
			t.Errorf("%q nudges %s of a suspect", share, got)
		}
		if got := share.topic(false); got != tenants.TopicOperation {
			t.Errorf("%q nudges %s of what is none", share, got)
		}
	}
}

func TestWhatALeaseRanOutOnIsSuspectBeforeAnybodyWorksIt(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	r.die(op, "elsewhere", 1)
	r.set(op, "lease_until = clock_timestamp() - interval '1 millisecond'")
	sound := r.sharing(Sound)
	r.must(sound.Work(t.Context(), op)) // somebody who gave a lease back has offered it
	r.happened()
	r.passed()
	r.must(sound.sweep(t.Context()))
	if suspects, others := r.passed(); len(suspects) != 1 || len(others) != 0 {
		t.Errorf("nudged are %v as suspects, and %v", suspects, others)
	}
}

func TestWhoWorksSuspectsComparesNoCell(t *testing.T) {
	t.Parallel()
	r := setup(t)
	cell := &Cell{ID: r.cell, Databases: r.pool, Workloads: r.agent()}
	r.must(r.store.Restored(t.Context(), time.Now(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	solo := r.sharing(Suspects)
	if err := solo.Reconcile(t.Context(), cell); !errors.As(err, new(Uncompared)) {
		t.Errorf("it compares it: %v", err)
	}
	gone, end := context.WithCancel(t.Context())
	if end(); errors.As(cell.uncompared(gone, "it waits"), new(Uncompared)) {
		t.Error("a cell that does not answer is said to be reached")
	}
	r.must(r.sharing(Sound).Reconcile(t.Context(), cell))
	r.must(solo.Reconcile(t.Context(), cell)) // and then works in it
}
