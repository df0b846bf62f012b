package main

import (
	"strings"
	"testing"
	"time"
)

func TestAnOperatorTrustsAClockByAnother(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	if r := s.want(exitDone, "clock", "show"); !strings.Contains(r.out, "yes") {
		t.Errorf("%+v", r)
	}
	_, err := s.pool.Exec(t.Context(), "update clock set seen_at = clock_timestamp() - interval '200 hours'")
	s.must(err)
	_, err = s.store.MendClock(t.Context(), func() time.Duration { return time.Second })
	s.must(err)
	if r := s.want(exitDone, "clock", "show"); !strings.Contains(r.out, "no: it leapt forward by 199h59m") {
		t.Errorf("%+v", r)
	}
	s.want(exitUsage, "clock", "trust")
	s.want(exitRefused, "clock", "trust", "--date", "2020-01-01")
	today := time.Now().UTC().Format(time.DateOnly)
	if r := s.want(exitDone, "clock", "trust", "--date", today, "--dry-run"); !strings.Contains(r.out, "clock.trust") {
		t.Errorf("%+v", r)
	}
	if r := s.want(exitDone, "clock", "trust", "--date", today); !strings.Contains(r.out, "yes") {
		t.Errorf("%+v", r)
	}
}
