package provisioner

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

func TestASlowSuspectKeepsOnlyThoseOfItsCellWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &apart{slow: map[uuid.UUID]bool{}}
		hangs, answers := uuid.New(), uuid.New()
		var done []string
		do := func(name string, cell uuid.UUID, takes, waits time.Duration) {
			t.Helper()
			begun := time.Now()
			a.do(cell, func() {
				<-time.After(takes)
				done = append(done, name)
			})
			if got := time.Since(begun); got != waits {
				t.Errorf("%s keeps others waiting for %s, want %s", name, got, waits)
			}
		}
		do("quick", hangs, time.Second, time.Second)
		do("slow", hangs, time.Minute, slowAfter)
		do("refused", hangs, time.Second, 0)
		do("other", answers, time.Second, time.Second)
		a.going.Wait()
		do("again", hangs, time.Second, time.Second)
		if want := []string{"quick", "other", "slow", "again"}; !slices.Equal(done, want) {
			t.Errorf("done were %v, want %v", done, want)
		}
	})
}
