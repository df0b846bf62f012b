package provisioner

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// names returns what a worker is called that runs, and what one is called that has ended.
func names(t *testing.T) (alive, dead string) {
	t.Helper()
	alive, err := proc.Name()
	if err != nil {
		t.Fatal(err)
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	return alive, strings.Replace(alive, fmt.Sprintf("/%d-", os.Getpid()), fmt.Sprintf("/%d-", gone.Process.Pid), 1)
}

func TestLeasesOfDeadWorkersAreFreeAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	alive, dead := names(t)
	const held, over = "clock_timestamp() + interval '1 minute'", "clock_timestamp() - interval '1 millisecond'"
	free := map[uuid.UUID]bool{}
	for _, c := range []struct {
		owner, until string
		free         bool
	}{
		{alive, held, false}, {dead, held, true}, {"elsewhere", held, false}, {"elsewhere", over, true},
	} {
		op := r.request()
		r.set(op, fmt.Sprintf("state = 'running', attempts = 1, epoch = 3, nudged_at = clock_timestamp(), lease_owner = '%s', lease_until = %s", c.owner, c.until))
		free[op] = c.free
	}
	e := r.engine("a", time.Minute)
	r.nudges = nil
	r.must(e.sweep(t.Context()))
	for op, want := range free {
		if got := r.truth(op, "lease_owner is null and lease_until is null"); got != want {
			t.Errorf("%+v: free is %v, want %v", r.operation(op), got, want)
		}
	}
	if len(r.nudges) != 2 || !free[r.nudges[0]] || !free[r.nudges[1]] {
		t.Errorf("nudged are %v, and not the two that are free", r.nudges)
	}
}

func TestWhatDiesAgainAndAgainWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	e, op := r.engine("a", time.Minute), r.request()
	for _, c := range []struct{ attempts, seconds int }{{1, 0}, {2, 0}, {3, 5}, {4, 10}, {7, 80}, {8, 120}, {1000, 120}} {
		r.die(op, dead, c.attempts)
		r.nudges = nil
		r.must(e.sweep(t.Context()))
		if !r.dueIn(op, float64(c.seconds)/2, float64(c.seconds)) {
			t.Errorf("after attempt %d it is not due in %d s, less up to half of it: %+v", c.attempts, c.seconds, r.operation(op))
		}
		if nudged := len(r.nudges) == 1; nudged != (c.seconds == 0) {
			t.Errorf("after attempt %d it was nudged: %v", c.attempts, nudged)
		}
	}
	if got := r.operation(op).Message; !regexp.MustCompile(`^no worker survived two, attempt 1000; the next one is in 1?m?[0-9.]+s$`).MatchString(got) {
		t.Errorf("it says %q", got)
	}
}

// One of them kills workers. Were they done at the same time, the others would die with it for ever.
func TestWhatDiedTwiceGoesOnOneAfterTheOther(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	old, suspect, young, innocent := r.request(), r.request(), r.request(), r.request()
	for _, op := range []uuid.UUID{old, suspect, young} {
		r.die(op, dead, 2)
	}
	r.set(suspect, "epoch = epoch + 1") // it was in the hands of one worker more
	r.die(innocent, dead, 1)
	r.must(r.engine("a", time.Minute).sweep(t.Context()))
	for op, seconds := range map[uuid.UUID]float64{innocent: 0, young: 0, old: 1, suspect: 2} {
		if !r.dueIn(op, seconds, seconds) {
			t.Errorf("it is not due in %g s: %+v", seconds, r.operation(op))
		}
	}
}

// die leaves an operation as a worker does that dies in an attempt at step two.
func (r *rig) die(op uuid.UUID, worker string, attempts int) {
	r.t.Helper()
	r.set(op, fmt.Sprintf(`state = 'running', step = 'two', attempts = %d, due_at = clock_timestamp(), lease_owner = '%s',
		lease_until = clock_timestamp() + interval '1 minute'`, attempts, worker))
}

// dueIn reports whether an operation is due so many seconds after it was freed, which is an hour after it was nudged.
func (r *rig) dueIn(op uuid.UUID, least, most float64) bool {
	r.t.Helper()
	if most == 0 {
		return r.truth(op, "due_at <= clock_timestamp()")
	}
	return r.truth(op, fmt.Sprintf("extract(epoch from due_at - nudged_at) - 3600 between %g - 0.5 and %g + 0.5", least, most))
}

func TestWhoTakesOverNudgesWhatWasJustNudged(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	held, taken, nobodys := r.request(), r.request(), r.request()
	r.ofTenant(uuid.New(), held, taken)
	r.die(held, dead, 1)
	r.die(nobodys, dead, 1)
	r.set(taken, "nudged_at = clock_timestamp()") // and the nudge was in the hands of the one that died
	e := r.engine("a", time.Minute)
	r.nudges = nil
	r.must(e.TakeOver(t.Context()))
	if len(r.nudges) != 2 || slices.Contains(r.nudges, nobodys) {
		t.Errorf("nudged are %v, and not %v, which nobody has any more", r.nudges, []uuid.UUID{held, taken})
	}
	r.nudges = nil
	r.must(e.sweep(t.Context()))
	if !slices.Equal(r.nudges, []uuid.UUID{nobodys}) {
		t.Errorf("nudged after that are %v, and not %s, which no tenant waits for", r.nudges, nobodys)
	}
}
