package sessions

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

const patience = 60 * time.Second

// stranger is a role of a test's own, which has lifted the limits that it may lift.
type stranger struct {
	name  string
	admin *pgx.Conn
	url   string
}

func newStranger(t *testing.T) stranger {
	t.Helper()
	s := stranger{name: "stranger_" + strings.ToLower(rand.Text())}
	super, err := url.Parse(testdb.New(t))
	if err != nil {
		t.Fatal(err)
	}
	if s.admin, err = pgx.Connect(t.Context(), super.String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = s.admin.Exec(context.Background(), "drop role "+s.name)
		_ = s.admin.Close(context.Background())
	})
	if _, err := s.admin.Exec(t.Context(), "create role "+s.name+" login password 'pw'"); err != nil {
		t.Fatal(err)
	}
	super.User = url.UserPassword(s.name, "pw")
	s.url = super.String()
	return s
}

func (s stranger) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	run(t, conn, "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set work_mem = '1GB'")
	return conn
}

func run(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// guarded has the role's sessions bounded until the test ends, and no one else's.
func (s stranger) guarded(t *testing.T, b Bounds) {
	t.Helper()
	var dir string
	if err := s.admin.QueryRow(t.Context(), "show data_directory").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	b.Roles = "^" + s.name + "$"
	g := &Guard{DSN: func() (string, error) { return testdb.Cluster(t).AdminURL, nil }, Dir: dir, Bounds: b, Log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(context.Background())
	var kept sync.WaitGroup
	kept.Go(func() { g.Keep(ctx) })
	t.Cleanup(func() { stop(); kept.Wait() })
}

// ended waits for the end of a session that is at work.
func ended(t *testing.T, what string, failed <-chan error) {
	t.Helper()
	select {
	case err := <-failed:
		if err == nil || !strings.Contains(err.Error(), "57P01") { // admin_shutdown
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(patience):
		t.Errorf("%s goes on", what)
	}
}

// inBackground gives the error that a statement ends with.
func inBackground(t *testing.T, conn *pgx.Conn, statement string) <-chan error {
	t.Helper()
	failed := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		_, err := conn.Exec(ctx, statement)
		failed <- err
	})
	t.Cleanup(func() { stop(); running.Wait() })
	return failed
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func (s stranger) lives(t *testing.T, conn *pgx.Conn) bool {
	t.Helper()
	var there bool
	if err := s.admin.QueryRow(t.Context(), "select exists (select from pg_stat_activity where pid = $1)", conn.PgConn().PID()).Scan(&there); err != nil {
		t.Fatal(err)
	}
	return there
}

func TestWhatTakesTooLongIsEndedWhateverItHasSet(t *testing.T) {
	t.Parallel()
	s, other := newStranger(t), newStranger(t)
	idle, open, outside := s.connect(t), s.connect(t), other.connect(t)
	sleeping := inBackground(t, s.connect(t), "select pg_sleep(600)")
	run(t, open, "begin; select 1")
	run(t, outside, "begin")
	run(t, other.admin, "begin")
	s.guarded(t, Bounds{Age: 500 * time.Millisecond})
	ended(t, "a statement", sleeping)
	eventually(t, "an open transaction is ended", func() bool { return !s.lives(t, open) })
	if !s.lives(t, idle) {
		t.Error("an idle session was ended")
	}
	run(t, outside, "commit")
	run(t, other.admin, "commit")
}

func TestARoleThatHoldsTooManyLocksLosesTheSessionThatHasTheMost(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	few, many := s.connect(t), s.connect(t)
	run(t, few, "begin; select count(pg_advisory_xact_lock(1, g)) from generate_series(1, 100) g")
	run(t, many, "begin; select count(pg_advisory_xact_lock(2, g)) from generate_series(1, 1000) g")
	s.guarded(t, Bounds{Locks: 500})
	eventually(t, "the one with many is ended", func() bool { return !s.lives(t, many) })
	run(t, few, "commit")
}

func TestARoleThatHoldsTooMuchMemoryLosesTheSessionThatHasTheMost(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	hold := func(mib int) <-chan error {
		return inBackground(t, s.connect(t), fmt.Sprintf(
			"select length(x), pg_sleep(600) from (select string_agg(repeat('x', 1048576), '') x from generate_series(1, %d)) y", mib))
	}
	s.guarded(t, Bounds{MemoryBytes: 150 << 20})
	little := hold(10) // takes twice that for a moment, and then 16 MiB
	much := hold(200)
	ended(t, "the one with much", much)
	select {
	case err := <-little:
		t.Errorf("the one with little was ended: %v", err)
	default:
	}
}

func TestARoleThatTakesTheProcessorMakesWayAsLongAsItDoes(t *testing.T) {
	t.Parallel()
	s, other := newStranger(t), newStranger(t)
	s.guarded(t, Bounds{})
	bystander := other.connect(t)
	bornAsTheServersAre(bystander)
	if os.Geteuid() != 0 && turnOf(t, bystander).Runtime == 0 { // this kernel has one turn for all, and only root changes weights
		return
	}
	var spinning []*pgx.Conn
	var ends []<-chan error
	for range 8 {
		conn := s.connect(t)
		bornAsTheServersAre(conn)
		spinning = append(spinning, conn)
		ends = append(ends, inBackground(t, conn, "do $$ begin loop end loop; end $$"))
	}
	eventually(t, "all make way", func() bool {
		for _, conn := range spinning {
			if !makesWayNow(t, conn) {
				return false
			}
		}
		return true
	})
	if makesWayNow(t, bystander) {
		t.Error("somebody else makes way too")
	}
	for i, conn := range spinning {
		if err := conn.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-ends[i]
	}
	eventually(t, "none makes way any more", func() bool {
		for _, conn := range spinning {
			if makesWayNow(t, conn) {
				return false
			}
		}
		return true
	})
}

// bornAsTheServersAre gives a session the short turn that those of a cell's server are born with.
func bornAsTheServersAre(conn *pgx.Conn) { proc.MakeWay(int(conn.PgConn().PID()), false) }

func turnOf(t *testing.T, conn *pgx.Conn) *unix.SchedAttr {
	t.Helper()
	attr, err := unix.SchedGetAttr(int(conn.PgConn().PID()), 0)
	if err != nil {
		t.Fatal(err)
	}
	return attr
}

// makesWayNow tells by the weight, which only root changes in both directions, else by the turn.
func makesWayNow(t *testing.T, conn *pgx.Conn) bool {
	t.Helper()
	attr := turnOf(t, conn)
	if os.Geteuid() == 0 {
		return attr.Nice == 19 // whoever runs the test may have been given less weight, too
	}
	const short = 100_000 // nanoseconds
	return attr.Runtime > short
}
