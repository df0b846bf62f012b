package conformance

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func crashRestarts(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	get(t, s, before, "/crash")
	after := until(t, s, d.ID, "its second life", func(o workload.Observed) bool {
		return o.State == workload.StateRunning && o.Restarts == 1
	})
	if after.Ending != workload.EndingByItself {
		t.Errorf("its ending is %q", after.Ending)
	}
	if !strings.Contains(after.LastExit, strconv.Itoa(3)) {
		t.Errorf("last exit = %q, the code was 3", after.LastExit)
	}
	serving(t, s, d)
}

func outliveEngine(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	life := get(t, s, before, "/life")
	s.Restart(t)
	after := serving(t, s, d)
	if get(t, s, after, "/life") != life || after.PID != before.PID || !after.StartedAt.Equal(before.StartedAt) || after.Restarts != 0 {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
	get(t, s, after, "/crash")
	until(t, s, d.ID, "its second life", func(o workload.Observed) bool {
		return o.State == workload.StateRunning && o.Restarts == 1
	})
	remove(t, s, d)
}

func restartResurrectsNothing(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	serving(t, s, d)
	remove(t, s, d)
	s.Restart(t)
	if o := observe(t, s, d.ID); o.State != workload.StateAbsent {
		t.Fatalf("observed %+v", o)
	}
	if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
}

func restartKeepsGeneration(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 9
	apply(t, s, d)
	s.Restart(t)
	d.Generation = 8
	if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
}
