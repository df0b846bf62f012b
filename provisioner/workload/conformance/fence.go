package conformance

import (
	"errors"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func unknownIsAbsent(t *testing.T, s Subject) {
	name := id.Show(id.Instance, id.New())
	if o := observe(t, s, name); o.State != workload.StateAbsent || o.ID != name || o.Generation != 0 {
		t.Fatalf("observed %+v", o)
	}
	if _, err := s.Engine().Observe(t.Context(), "../etc"); !errors.Is(err, workload.ErrInvalid) {
		t.Fatalf("a text that is no id: %v", err)
	}
}

func staleApply(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 5
	apply(t, s, d)
	before := serving(t, s, d)
	old := with(d, "OLD", "1")
	old.Generation = 4
	if err := s.Engine().Apply(t.Context(), old); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func changeWithinGeneration(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	if err := s.Engine().Apply(t.Context(), with(d, "OTHER", "1")); !errors.Is(err, workload.ErrInvalid) {
		t.Fatalf("err = %v, want ErrInvalid", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func staleRemove(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 3
	apply(t, s, d)
	before := serving(t, s, d)
	if err := s.Engine().Remove(t.Context(), d.ID, 2); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func lateApply(t *testing.T, s Subject) {
	known, unknown := s.Desired(t), s.Desired(t)
	apply(t, s, known)
	for _, d := range []workload.Desired{known, unknown} {
		remove(t, s, d)
		if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
			t.Fatalf("err = %v, want ErrStale", err)
		}
		if o := observe(t, s, d.ID); o.State != workload.StateAbsent {
			t.Fatalf("observed %+v", o)
		}
	}
}

func comeBack(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	serving(t, s, d)
	remove(t, s, d)
	d.Generation++
	apply(t, s, d)
	serving(t, s, d)
}
