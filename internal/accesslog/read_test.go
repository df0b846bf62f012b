package accesslog

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds-3600) * time.Second) }

func TestWhatAnEdgeTellsIsReadTheLastFirst(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.tell(t, 1, asked("ws_elm", at(1), "a"), asked("ws_oak", at(2), "o"), asked("ws_elm", at(3), "b"))
	s.tell(t, 2, asked("ws_elm", at(2), "late"), asked("ws_elm", at(4), "c"))
	look := func() {
		t.Helper()
		s.wantPaths(t, hour("ws_elm"), "c", "b", "late", "a")
		s.wantPaths(t, hour("ws_oak"), "o")
		s.wantPaths(t, hour("ws_el"))
	}
	look()
	if n := s.sorted(t); n != 2 {
		t.Fatalf("%d segments were sorted, want 2", n)
	}
	look()
	s.tell(t, 3, asked("ws_elm", at(5), "d"), asked("ws_elm", at(1).Add(1), "very late"))
	s.wantPaths(t, hour("ws_elm"), "d", "c", "b", "late", "very late", "a")
	s.sorted(t)
	s.wantPaths(t, hour("ws_elm"), "d", "c", "b", "late", "very late", "a")
}

func TestWhatIsToldTwiceIsReadOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	lines := []string{asked("ws_elm", at(1), "a"), asked("ws_elm", at(2), "b"), asked("ws_elm", at(2), "c")}
	s.tell(t, 1, lines...)
	s.tell(t, 1, lines...)
	first := s.paths(t, hour("ws_elm"), 10)
	if len(first) != 3 {
		t.Fatalf("read %v", first)
	}
	s.sorted(t)
	s.tell(t, 1, lines...) // whose answer the edge has not heard
	s.wantPaths(t, hour("ws_elm"), first...)
	s.sorted(t)
	s.wantPaths(t, hour("ws_elm"), first...)
}

func TestOnlyWhatIsWantedIsRead(t *testing.T) {
	t.Parallel()
	s := setup(t)
	of := func(client string, status int) func(*Line) {
		return func(l *Line) { l.Client, l.Status = client, status }
	}
	s.tell(t, 1, asked("ws_elm", at(1), "a", of("192.0.2.7", 200)), asked("ws_elm", at(2), "b", of("198.51.100.9", 403)),
		asked("ws_elm", at(3), "c", of("2001:db8::1", 404)), asked("ws_elm", at(4), "d", of("", 200)))
	s.sorted(t)
	q := hour("ws_elm")
	q.Client = netip.MustParsePrefix("192.0.2.0/24")
	s.wantPaths(t, q, "a")
	q.Client = netip.MustParsePrefix("2001:db8::/32")
	s.wantPaths(t, q, "c")
	q = hour("ws_elm")
	q.StatusFrom, q.StatusTo = 400, 499
	s.wantPaths(t, q, "c", "b")
	q = hour("ws_elm")
	q.From, q.To = at(2), at(3)
	s.wantPaths(t, q, "b")
}

func TestDaysAreReadOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := setup(t)
	var want []string
	for day := range 30 {
		name := fmt.Sprint("d", day)
		s.tell(t, int64(day), asked("ws_elm", noon.AddDate(0, 0, -day), name), asked("ws_elm", noon.AddDate(0, 0, -day).Add(-12*time.Hour), name+"m"))
		want = append(want, name, name+"m")
	}
	q := hour("ws_elm")
	q.From = noon.AddDate(0, 0, -31)
	s.wantPaths(t, q, want...)
	s.sorted(t)
	s.wantPaths(t, q, want...)
	var streamed []string
	must(t, s.Stream(t.Context(), q, func(line []byte) error {
		l, err := ParseLine(line)
		streamed = append(streamed, strings.TrimPrefix(l.Path, "/"))
		return err
	}))
	if fmt.Sprint(streamed) != fmt.Sprint(want) {
		t.Errorf("streamed %v", streamed)
	}
}

// TestAPageIsBounded: who looks for what hardly ever happened gets pages with little, and all of it in the end.
func TestAPageIsBounded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for i := range 40 {
		client := "192.0.2.7"
		if i == 3 {
			client = "198.51.100.9"
		}
		s.tell(t, int64(i), asked("ws_elm", at(i), fmt.Sprint(i), func(l *Line) { l.Client = client }))
	}
	q := hour("ws_elm")
	q.Client = netip.MustParsePrefix("198.51.100.9/32")
	pages, got := 0, 0
	for {
		pages++
		last, err := s.each(t.Context(), q, &allowance{raw: rawMost, objects: 10, days: 5}, func(entry) (bool, error) { got++; return true, nil })
		must(t, err)
		if q.Before = last; last == (Key{}) {
			break
		}
		if pages > 20 {
			t.Fatal("the pages have no end")
		}
	}
	if got != 1 || pages < 3 {
		t.Errorf("%d lines in %d pages", got, pages)
	}
}

// TestReadingWhileItIsSorted: every reader finds every line once, whatever has become of the object that it is in.
func TestReadingWhileItIsSorted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const segments, each = 12, 5
	var want []string
	n := 0
	for seq := range segments {
		var lines []string
		for range each {
			lines = append(lines, asked("ws_elm", at(n), fmt.Sprint(n)))
			want = append([]string{fmt.Sprint(n)}, want...)
			n++
		}
		s.tell(t, int64(seq), lines...)
	}
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan int)
	for range 2 {
		go func() {
			times := 0
			defer func() { read <- times }() // also where a read fails
			for ; ctx.Err() == nil; times++ {
				if got := s.paths(t, hour("ws_elm"), 7); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("read %v", got)
					break
				}
			}
		}()
	}
	for i := range 6 {
		s.sorted(t)
		s.tell(t, int64(100+i), asked("ws_oak", at(i), "o"), asked("ws_elm", at(3), "3")) // one that is known
	}
	cancel()
	if a, b := <-read, <-read; a+b == 0 {
		t.Error("nobody has read")
	}
}
