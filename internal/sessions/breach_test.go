package sessions

import (
	"slices"
	"testing"
	"time"
)

func TestOnlyAsManySessionsEndAsItTakes(t *testing.T) {
	t.Parallel()
	of := func(pid int, role string, memory int64, locks int, age float64) *session {
		return &session{activity: activity{PID: pid, Role: role, Locks: locks, Age: age}, memory: memory}
	}
	all := []*session{
		of(1, "a", 100, 0, 0), of(2, "a", 700, 1, 0), of(3, "a", 300, 0, 0), // 1100 of 1000
		of(4, "b", 900, 10, 0), of(5, "b", 0, 95, 0), of(6, "b", 50, 3, 0), // 108 locks of 100
		of(7, "c", 5000, 500, 11), // too old for anything else to matter
		of(8, "d", 999, 100, 10),
	}
	var got []int
	for _, b := range breaches(all, Bounds{Age: 10 * time.Second, MemoryBytes: 1000, Locks: 100}) {
		got = append(got, b.session.PID)
	}
	slices.Sort(got)
	if want := []int{2, 5, 7}; !slices.Equal(got, want) {
		t.Errorf("%v are ended, want %v", got, want)
	}
	if found := breaches(all, Bounds{}); found != nil {
		t.Errorf("without bounds %d are ended", len(found))
	}
}
