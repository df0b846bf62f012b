package accesslog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

// noon is the present of these tests.
var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// setup is a log on an empty object store.
func setup(t testing.TB) *Store {
	t.Helper()
	return NewStore(storetest.Archive(t))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asked is a request of the workspace at a time, whose path tells which it is.
func asked(owner string, at time.Time, path string, change ...func(*Line)) string {
	l := Line{At: at, Request: "r-" + path, Client: "192.0.2.7", Method: "GET", Host: "elm.longhouse.test", Path: "/" + path, Status: 200, Bytes: 12, Seconds: 0.01, Protocol: "HTTP/1.1"}
	for _, f := range change {
		f(&l)
	}
	text, _ := json.Marshal(l)
	return owner + " " + string(text) + "\n"
}

// tell has an edge hand lines over.
func (s *Store) tell(t testing.TB, sequence int64, lines ...string) Accepted {
	t.Helper()
	data, _, broken := Pack("edg_a", "els_a", sequence, []byte(strings.Join(lines, "")))
	if broken != 0 {
		t.Fatalf("%d lines are broken", broken)
	}
	a, err := Accept(data, noon, all)
	must(t, err)
	must(t, s.Keep(t.Context(), a))
	return a
}

// all says that everybody is there.
func all(owners []string) (map[string]bool, error) {
	there := map[string]bool{}
	for _, o := range owners {
		there[o] = true
	}
	return there, nil
}

func allThere(_ context.Context, owners []string) (map[string]bool, error) { return all(owners) }

// hour asks for what an owner was asked in the last two hours.
func hour(owner string) Query {
	return Query{Owner: owner, From: noon.Add(-2 * time.Hour), To: noon.Add(time.Hour)}
}

// paths reads all pages, and returns the paths in the order in which they come.
func (s *Store) paths(t testing.TB, q Query, most int) (paths []string) {
	t.Helper()
	for range 10_000 {
		p, err := s.Read(t.Context(), q, most)
		must(t, err)
		for _, l := range p.Lines {
			paths = append(paths, strings.TrimPrefix(l.Path, "/"))
		}
		if q.Before = p.Next; p.Next == (Key{}) {
			return paths
		}
	}
	t.Fatal("the pages have no end")
	return nil
}

func (s *Store) wantPaths(t testing.TB, q Query, want ...string) {
	t.Helper()
	if got := s.paths(t, q, 2); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// sorted sorts whatever is there.
func (s *Store) sorted(t testing.TB) int {
	t.Helper()
	n, err := s.Sort(t.Context(), time.Now().Add(time.Hour), allThere)
	must(t, err)
	return n
}
