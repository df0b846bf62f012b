package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	var ds []time.Duration
	for i := 1; i <= 100; i++ {
		ds = append(ds, time.Duration(i)*time.Millisecond)
	}
	s := summarize(ds)
	if s.P50 != 50 || s.P90 != 90 || s.P99 != 99 || s.Max != 100 || s.Mean != 50.5 || s.N != 100 {
		t.Errorf("got %+v", s)
	}
	if s := summarize(nil); s.N != 0 || s.P99 != 0 {
		t.Errorf("empty: got %+v", s)
	}
	if s := summarize(ds[:1]); s.P50 != 1 || s.P99 != 1 {
		t.Errorf("one: got %+v", s)
	}
}

func TestClosedLoopStops(t *testing.T) {
	start := time.Now()
	rec, _ := closedLoop(context.Background(), 3, 20*time.Millisecond, 50*time.Millisecond, func(_ context.Context, worker, i int) error {
		if worker == 0 {
			return errors.New("no")
		}
		<-time.After(time.Millisecond)
		return nil
	})
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	if len(rec.lat) == 0 || rec.errors == 0 || !slices.Equal(rec.sample, []string{"no"}) {
		t.Errorf("got %d ok, %d errors, %q", len(rec.lat), rec.errors, rec.sample)
	}
}

func TestForEach(t *testing.T) {
	seen := make([]bool, 50)
	if err := forEach(context.Background(), 4, 50, func(i int) error { seen[i] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(seen, false) {
		t.Error("not all visited")
	}
	boom := errors.New("boom")
	if err := forEach(context.Background(), 4, 1000, func(i int) error {
		if i == 10 {
			return boom
		}
		return nil
	}); err != boom {
		t.Errorf("got %v", err)
	}
}

// The text must not change between runs: results of two servers are compared.
func TestMessagesAreFixed(t *testing.T) {
	if a, b := message(12345), message(12345); a != b || a == message(12346) {
		t.Errorf("%q, %q", a, b)
	}
	if len(vocab) != vocabSize {
		t.Errorf("%d words", len(vocab))
	}
}
