package provisioner

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// history makes operations have taken so many seconds, an hour after they were asked for.
func (r *rig) history(seconds ...int) {
	r.t.Helper()
	e := r.engine("of before", time.Minute)
	for _, took := range seconds {
		done := r.request()
		r.must(e.Work(r.t.Context(), done))
		r.set(done, fmt.Sprintf("started_at = finished_at - interval '%d seconds', created_at = finished_at - interval '1 hour'", took))
	}
}

// estimate is what is said of an operation now.
func (r *rig) estimate(op tenants.Operation, now time.Time) *tenants.Estimate {
	r.t.Helper()
	r.store.SetClock(func() time.Time { return now })
	e, err := r.store.Estimate(r.t.Context(), op)
	r.must(err)
	return e
}

func TestEstimateComesFromHistoryAndIsNeverInThePast(t *testing.T) {
	t.Parallel()
	r := setup(t)
	now := time.Now().UTC()
	open := r.operation(r.request())
	open.StartedAt = &now
	if got := r.estimate(open, now); got != nil {
		t.Errorf("without history: %+v", got)
	}
	r.history(10, 20, 60)
	if got := r.estimate(open, now); got == nil || got.At.Sub(now) != 20*time.Second || got.Sentence != "about 20 s more, and in one case of twenty more than 56 s" {
		t.Errorf("%+v", got)
	}
	if got := r.estimate(open, now.Add(time.Hour)); got.At != now.Add(time.Hour) || got.Late != got.At || got.Sentence != "it takes longer than usual, and may end at any moment" {
		t.Errorf("of one that is late: %+v", got)
	}
	open.DueAt = now.Add(time.Minute)
	if got := r.estimate(open, now); got.At != open.DueAt || got.Late != open.DueAt {
		t.Errorf("of one whose next attempt is in a minute: %+v", got)
	}
}

func TestEstimateOfWhatStandsInLineCountsThoseBefore(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.history(4)
	tenant, now := uuid.New(), time.Now().UTC().Add(time.Second)
	line, others := r.requests(6), r.requests(3)
	r.ofTenant(tenant, line...)
	r.ofTenant(uuid.New(), others...)
	for _, op := range line[:2] {
		r.set(op, "state = 'running', started_at = clock_timestamp()")
	}
	for place, op := range line[2:] {
		// Two go on at a time, and each takes 4 s.
		want := time.Duration(place+1)*2*time.Second + 4*time.Second
		if got := r.estimate(r.operation(op), now); got.At.Sub(now) != want {
			t.Errorf("in place %d: in %s, want %s", place, got.At.Sub(now), want)
		}
	}
	r.set(line[0], "state = 'undone', finished_at = clock_timestamp()")
	if got := r.estimate(r.operation(line[2]), now); got.At.Sub(now) != 4*time.Second {
		t.Errorf("of the next one, for which there is a place: in %s", got.At.Sub(now))
	}
	if got := r.estimate(r.operation(others[0]), now); got.At.Sub(now) != 4*time.Second {
		t.Errorf("of another tenant: in %s", got.At.Sub(now))
	}
}
