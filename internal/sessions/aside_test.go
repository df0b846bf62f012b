package sessions

import (
	"log/slog"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// asideInWords is a group that holds only what is said of it.
type asideInWords map[int]bool

func (a asideInWords) Has(pid int) bool      { return a[pid] }
func (a asideInWords) Put(pid int) error     { a[pid] = true; return nil }
func (a asideInWords) Back(pid, _ int) error { delete(a, pid); return nil }

// lookingGuard is one of the role's sessions that looks when a test has it look.
func (s stranger) lookingGuard(t *testing.T, aside Aside) *Guard {
	t.Helper()
	var dir string
	if err := s.admin.QueryRow(t.Context(), "show data_directory").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	g := &Guard{DSN: func() (string, error) { return testdb.Cluster(t).AdminURL, nil }, Dir: dir, Bounds: Bounds{Roles: "^" + s.name + "$"},
		Aside: aside, Log: slog.New(slog.DiscardHandler), known: map[id]*session{}, roles: map[string]*role{}}
	t.Cleanup(func() { g.hangUp(t.Context()) })
	return g
}

func TestNewSessionsOfWhoTakesTheProcessorMakeWayAtAGlance(t *testing.T) {
	t.Parallel()
	s, other := newStranger(t), newStranger(t)
	aside := asideInWords{}
	g := s.lookingGuard(t, aside)
	bystander := other.connect(t)
	old := s.connect(t)
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(aside) > 0 {
		t.Fatalf("aside before anybody took anything: %v", aside)
	}
	began := s.connect(t)
	if err := g.glance(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(aside) > 0 {
		t.Errorf("aside, though the role takes nothing: %v", aside)
	}
	g.roles[s.name].share = share{took: 2, wanted: 2, busy: true, at: time.Now()}
	late := s.connect(t)
	if err := g.glance(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := int(late.PgConn().PID())
	if !aside.Has(pid) || !aside.Has(int(began.PgConn().PID())) {
		t.Errorf("new sessions %d and %d aren't aside: %v", pid, began.PgConn().PID(), aside)
	}
	if aside.Has(int(old.PgConn().PID())) || aside.Has(int(bystander.PgConn().PID())) {
		t.Errorf("aside at a glance: %v, and there are an old session %d and another role's %d", aside, old.PgConn().PID(), bystander.PgConn().PID())
	}
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(aside) != 3 || aside.Has(int(bystander.PgConn().PID())) {
		t.Errorf("aside after a look: %v, want the role's three sessions", aside)
	}
	g.roles[s.name].share = share{at: time.Now().Add(-time.Second)}
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(aside) > 0 {
		t.Errorf("still aside when the role takes nothing more: %v", aside)
	}
}

func TestAGlanceAsksForNoLocks(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	g := s.lookingGuard(t, nil)
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := s.connect(t)
	run(t, conn, "begin; select count(pg_advisory_xact_lock(3, g)) from generate_series(1, 50) g")
	for locks, want := range map[bool]bool{true: true, false: false} {
		list, err := g.activities(t.Context(), locks)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.PID == int(conn.PgConn().PID()) && (a.Locks >= 50) != want {
				t.Errorf("asked for locks %v it has %d, and holds 50", locks, a.Locks)
			}
		}
	}
}

func TestWhatANewSessionTookCountsFromItsStart(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	g := s.lookingGuard(t, nil)
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := s.connect(t)
	run(t, conn, "select count(*) from generate_series(1, 100000)")
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, seen := range g.known {
		if seen.Role == s.name && (seen.took != seen.since || seen.took.ran == 0) {
			t.Errorf("it took %v, and had %v since its start", seen.took, seen.since)
		}
	}
	if len(g.known) == 0 {
		t.Error("nothing was seen of it")
	}
}
