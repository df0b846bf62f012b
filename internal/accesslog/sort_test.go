package accesslog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// names lists all objects.
func (s *Store) names(t testing.TB, below string) (names []string) {
	t.Helper()
	list, err := s.list(t.Context(), below)
	must(t, err)
	for _, n := range list {
		names = append(names, n.name)
	}
	return names
}

func TestSegmentsWaitUntilTheyAreOldOrMany(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.tell(t, 1, asked("ws_elm", at(1), "a"))
	for _, c := range []struct {
		before time.Time
		many   int
		want   int
	}{{time.Now().Add(-time.Hour), sortRaw, 0}, {time.Now().Add(-time.Hour), 10, 1}} {
		s.sortRaw = c.many
		if n, err := s.Sort(t.Context(), c.before, allThere); err != nil || n != c.want {
			t.Errorf("%d segments were sorted, want %d; %v", n, c.want, err)
		}
	}
}

// TestPartsAndPiecesAreBounded: with limits of some lines, all are there all the same, each once.
func TestPartsAndPiecesAreBounded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.partRaw, s.pieceRaw = 2000, 700
	var want []string
	for seq := range 6 {
		var lines []string
		for i := range 4 {
			n := seq*4 + i
			lines = append(lines, asked("ws_elm", at(n), fmt.Sprint(n)), asked("ws_oak", at(n), "o"+fmt.Sprint(n)), asked("ws_yew", at(n), "y"+fmt.Sprint(n)))
			want = append([]string{fmt.Sprint(n)}, want...)
		}
		s.tell(t, int64(seq), lines...)
	}
	without := func(_ context.Context, owners []string) (map[string]bool, error) {
		there, err := all(owners)
		delete(there, "ws_oak") // which lies between the two others
		return there, err
	}
	n, err := s.Sort(t.Context(), time.Now().Add(time.Hour), without)
	must(t, err)
	if n != 6 || len(s.names(t, segmentFolder)) != 0 {
		t.Errorf("%d segments were sorted, and %v are left", n, s.names(t, segmentFolder))
	}
	s.wantPaths(t, hour("ws_elm"), want...)
	s.wantPaths(t, hour("ws_oak"))
	if got := s.paths(t, hour("ws_yew"), 50); len(got) != 24 {
		t.Errorf("read %v", got)
	}
	pieces := s.names(t, ofOwner("ws_elm"))
	if len(pieces) < 8 {
		t.Errorf("pieces: %v", pieces)
	}
	for _, name := range pieces {
		if p, _ := parseName(name); p.raw > 700 {
			t.Errorf("%s is larger than a piece may be", name)
		}
	}
}

func TestAnOwnerIsForgotten(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for day := range 3 {
		s.tell(t, int64(day), asked("ws_elm", noon.AddDate(0, 0, -day), "a"), asked("ws_oak", noon.AddDate(0, 0, -day), "o"))
	}
	s.sorted(t)
	n, err := s.Forget(t.Context(), "ws_elm")
	if err != nil || n != 3 {
		t.Fatalf("%d objects are gone, %v", n, err)
	}
	if left := s.names(t, folder); len(left) != 3 || strings.Contains(fmt.Sprint(left), "ws_elm") {
		t.Errorf("left: %v", left)
	}
}

func TestWhatIsTooOldExpires(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for day := range 5 {
		s.tell(t, int64(day), asked("ws_elm", noon.AddDate(0, 0, -day), fmt.Sprint(day)), asked("ws_oak", noon.AddDate(0, 0, -day), "o"))
	}
	s.sorted(t)
	n, err := s.Expire(t.Context(), "ws_elm", noon.AddDate(0, 0, -2))
	if err != nil || n != 2 {
		t.Fatalf("%d objects are gone, %v", n, err)
	}
	q := hour("ws_elm")
	q.From = noon.AddDate(0, 0, -10)
	s.wantPaths(t, q, "0", "1", "2")
	if left := s.names(t, ofOwner("ws_oak")); len(left) != 5 {
		t.Errorf("left of another: %v", left)
	}
}
