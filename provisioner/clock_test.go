package provisioner

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestOperationsGoOnAfterTheClockWasPutBack(t *testing.T) {
	t.Parallel()
	for _, tried := range []string{"attempts", "interruptions"} {
		r := setup(t)
		e := r.engine("worker", time.Minute)
		op := r.request()
		// As a worker that died left it, an hour before the clock was put back by one.
		r.set(op, `state = 'running', lease_owner = 'dead', epoch = 1, lease_until = clock_timestamp() + interval '1 hour',
			due_at = clock_timestamp() + interval '1 hour', nudged_at = clock_timestamp() + interval '1 hour', `+tried+` = 1`)
		if _, ok, err := e.claim(t.Context(), op); err != nil || ok {
			t.Fatalf("it is free: %v, %v", ok, err)
		}
		r.must(e.clock()(t.Context()))
		if _, ok, err := e.claim(t.Context(), op); err != nil || !ok {
			t.Errorf("with %s it still waits: %v, %v", tried, ok, err)
		}
	}
}

func TestTimesThatAreNotAheadAreLeftAlone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("worker", time.Minute)
	op := r.request()
	_, ok, err := e.claim(t.Context(), op)
	r.must(err)
	r.must(e.clock()(t.Context()))
	if _, again, err := r.engine("other", time.Minute).claim(t.Context(), op); err != nil || !ok || again {
		t.Errorf("a lease that holds was taken: %v", err)
	}
	_, err = r.pool.Exec(t.Context(), "update operations set lease_until = null, due_at = clock_timestamp() + interval '3 days'")
	r.must(err)
	r.must(e.clock()(t.Context()))
	if _, early, err := e.claim(t.Context(), op); err != nil || early {
		t.Errorf("what is due in three days was begun: %v", err)
	}
}

func TestWhatNobodyHasBegunDoesNotWaitForAClockThatWasPutBack(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("worker", time.Minute)
	r.store.SetClock(func() time.Time { return time.Now().Add(time.Hour) })
	op := r.request()
	r.must(e.clock()(t.Context()))
	if _, ok, err := e.claim(t.Context(), op); err != nil || !ok {
		t.Errorf("it waits for the hour that was taken back: %v, %v", ok, err)
	}
}

func TestWhatBeganBeforeTheClockWasPutBackDoesNotCountForThePace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("worker", time.Minute)
	begun, next := r.requests(beginMost), r.request()
	r.ofTenant(uuid.New(), append(begun, next)...)
	for _, op := range begun {
		r.set(op, "state = 'succeeded', started_at = clock_timestamp() + interval '1 hour', finished_at = clock_timestamp() + interval '1 hour'")
	}
	if _, ok, err := e.claim(t.Context(), next); err != nil || !ok {
		t.Errorf("it is told that %q: %v", r.operation(next).Message, err)
	}
}

// TestALeapIsToldFromAPauseByTheTimeSinceBoot has the clock go forward by two hours between two looks, and before the first.
func TestALeapIsToldFromAPauseByTheTimeSinceBoot(t *testing.T) {
	t.Parallel()
	r := setup(t)
	look := r.engine("worker", time.Minute).clock()
	var doubted float64
	for i, want := range []bool{false, true} {
		_, err := r.pool.Exec(t.Context(), "update clock set seen_at = clock_timestamp() - interval '2 hours'")
		r.must(err)
		r.must(look(t.Context()))
		r.must(r.pool.QueryRow(t.Context(), "select doubt_seconds from clock").Scan(&doubted))
		if got := doubted > 3600; got != want {
			t.Errorf("after look %d it is doubted by %f s", i, doubted)
		}
	}
}
