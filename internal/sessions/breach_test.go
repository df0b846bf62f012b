package sessions

import (
	"slices"
	"testing"
	"time"
)

func TestOnlyAsManySessionsEndAsItTakes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	of := func(pid int, role string, memory int64, locks int, age time.Duration) *session {
		since := now.Add(time.Hour) // the server's clock, which nobody goes by
		return &session{activity: activity{PID: pid, Role: role, Locks: locks, Since: &since}, began: now.Add(-age), memory: memory}
	}
	all := []*session{
		of(1, "a", 100, 0, 0), of(2, "a", 700, 1, 0), of(3, "a", 300, 0, 0), // 1100 of 1000
		of(4, "b", 900, 10, 0), of(5, "b", 0, 95, 0), of(6, "b", 50, 3, 0), // 108 locks of 100
		of(7, "c", 5000, 500, 11*time.Second), // too old for anything else to matter
		of(8, "d", 999, 100, 10*time.Second),
	}
	var got []int
	for _, b := range breaches(all, Bounds{Age: 10 * time.Second, MemoryBytes: 1000, Locks: 100}, now) {
		got = append(got, b.session.PID)
	}
	slices.Sort(got)
	if want := []int{2, 5, 7}; !slices.Equal(got, want) {
		t.Errorf("%v are ended, want %v", got, want)
	}
	if found := breaches(all, Bounds{}, now); found != nil {
		t.Errorf("without bounds %d are ended", len(found))
	}
}

func TestTheTimeOfATransactionIsCountedSinceItWasSeen(t *testing.T) {
	t.Parallel()
	g := &Guard{known: map[id]*session{}}
	now, began := time.Now(), time.Now().Add(-time.Hour)
	saw := func(since *time.Time, at time.Duration) time.Duration {
		s, before := g.session(activity{PID: 1, Since: since})
		s.note(before, now.Add(at))
		return s.age(now.Add(at))
	}
	later := began.Add(time.Minute)
	for i, c := range []struct {
		since *time.Time
		at    time.Duration
		want  time.Duration
	}{{&began, 0, 0}, {&began, 3 * time.Second, 3 * time.Second}, {nil, 4 * time.Second, 0}, {&later, 5 * time.Second, 0}, {&later, 7 * time.Second, 2 * time.Second}} {
		if got := saw(c.since, c.at); got != c.want {
			t.Errorf("look %d: it took %s, want %s", i, got, c.want)
		}
	}
}
