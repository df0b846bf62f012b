package tenants

import (
	"testing"
	"time"
)

func TestPausesGrowAndDiffer(t *testing.T) {
	t.Parallel()
	before := time.Duration(0)
	for failures := 1; failures <= len(pauses); failures++ {
		low, high := pause(failures, 0, 0), pause(failures, 0, 0.999)
		if low <= before || high <= low || high > low+low/5 {
			t.Errorf("after %d failures from %s to %s", failures, low, high)
		}
		before = high
	}
	if got := pause(99, 0, 0); got != 12*time.Hour {
		t.Errorf("%s", got)
	}
	if got := pause(1, time.Minute, 0); got != time.Minute {
		t.Errorf("asked for a minute, and got %s", got)
	}
	if got := pause(1, 1000*time.Hour, 0); got != 12*time.Hour {
		t.Errorf("asked for much, and got %s", got)
	}
}
