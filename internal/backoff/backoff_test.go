package backoff

import (
	"slices"
	"testing"
	"time"
)

func TestPauseDoublesWithinItsBounds(t *testing.T) {
	t.Parallel()
	pause := Doubling{First: 200 * time.Millisecond, Most: 30 * time.Second}
	for failures, full := range map[int]time.Duration{
		-1: 200 * time.Millisecond, 0: 200 * time.Millisecond, 1: 200 * time.Millisecond, 2: 400 * time.Millisecond,
		3: 800 * time.Millisecond, 8: 25600 * time.Millisecond, 9: 30 * time.Second, 1 << 30: 30 * time.Second,
	} {
		var seen []time.Duration
		for range 200 {
			got := pause.After(failures)
			if got > full || got <= full/2 {
				t.Fatalf("after %d failures %s, want from %s to %s", failures, got, full/2, full)
			}
			seen = append(seen, got)
		}
		if slices.Max(seen)-slices.Min(seen) < full/4 {
			t.Errorf("after %d failures all pauses are from %s to %s: those who failed together come back together",
				failures, slices.Min(seen), slices.Max(seen))
		}
	}
}
