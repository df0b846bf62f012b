package provisioner

import (
	"testing"
	"time"
)

func TestAnInstanceThatTakesLongIsLookedAtLessOften(t *testing.T) {
	t.Parallel()
	for taken, want := range map[time.Duration]time.Duration{0: 5 * time.Millisecond, 40 * time.Millisecond: 5 * time.Millisecond, 400 * time.Millisecond: 50 * time.Millisecond,
		time.Minute: 100 * time.Millisecond} {
		if got := lookAgain(taken); got != want {
			t.Errorf("begun %s ago: again after %s, want %s", taken, got, want)
		}
	}
}
