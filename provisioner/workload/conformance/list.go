package conformance

import (
	"slices"
	"testing"
)

func listShows(t *testing.T, s Subject) {
	var want []string
	for n := range 4 {
		d := s.Desired(t)
		apply(t, s, d)
		if n == 0 {
			remove(t, s, d)
			continue
		}
		want = append(want, d.ID)
	}
	slices.Sort(want)
	for range 2 {
		list, err := s.Engine().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range list {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("the list has %q, want %q", got, want)
		}
		s.Restart(t)
	}
}
