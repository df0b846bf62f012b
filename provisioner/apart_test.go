package provisioner

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

func TestASlowSuspectKeepsOnlyThoseOfItsCellWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &apart{slow: map[spot]bool{}}
		hangs, answers := spot{cell: uuid.New()}, spot{cell: uuid.New()}
		done := make(chan string, 6)
		do := func(name string, at spot, takes, waits time.Duration) {
			t.Helper()
			begun := time.Now()
			a.do(at, func() {
				<-time.After(takes)
				done <- name
			})
			if got := time.Since(begun); got != waits {
				t.Errorf("%s keeps others waiting for %s, want %s", name, got, waits)
			}
		}
		do("quick", hangs, time.Second, time.Second)
		do("slow", hangs, time.Minute, slowAfter)
		do("refused", hangs, time.Second, 0)
		do("aside", spot{hangs.cell, true}, time.Second, time.Second)
		do("other", answers, time.Second, time.Second)
		a.going.Wait()
		do("again", hangs, time.Second, time.Second)
		close(done)
		for _, want := range []string{"quick", "aside", "other", "slow", "again", ""} {
			if got := <-done; got != want {
				t.Errorf("done was %q, want %q", got, want)
			}
		}
	})
}
