package tenants

import (
	"testing"
	"time"
)

func TestTheMemoryOfHashesIsGivenBackAfterwards(t *testing.T) {
	t.Parallel()
	if _, err := hashPassword(t.Context(), "correct horse"); err != nil {
		t.Fatal(err)
	}
	if !hashes.timer.Stop() {
		t.Error("nobody gives the memory back")
	}
	hashes.disturb()
}

func TestWhatWaitsForCalmIsDoneOnceForEach(t *testing.T) {
	t.Parallel()
	done := make(chan time.Time, 10)
	c := newCalm(500*time.Millisecond, func() { done <- time.Now() })
	for range 2 {
		var last time.Time
		for range 2 {
			last = time.Now()
			c.disturb()
		}
		if at := <-done; at.Sub(last) < 500*time.Millisecond || len(done) != 0 {
			t.Errorf("it was done %s after the last disturbance, and %d times more", at.Sub(last), len(done))
		}
	}
}
