package sessions

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

// ownServer is a server of a test's own, in which there are few locks.
func ownServer(t *testing.T) embedded.Cluster {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	c := embedded.Cluster{Name: "few", Dir: filepath.Join(dir, "pg"), SocketDir: filepath.Join(dir, "run"), PasswordFile: filepath.Join(dir, "password"),
		MaxConnections: 20, SharedBuffersMiB: 16, AutovacuumNaptime: time.Minute, Volatile: true}
	spec, err := c.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := spec.Process()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = server.Process.Kill(), server.Wait() })
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// crowded is a session of a server of its own, and what a guard of it goes by.
func crowded(t *testing.T) (*pgx.Conn, *Guard) {
	t.Helper()
	c := ownServer(t)
	super, err := c.SuperuserDSN("postgres")
	if err != nil {
		t.Fatal(err)
	}
	s := stranger{name: "stranger", url: c.DSN("postgres", "stranger", "pw")}
	if s.admin, err = pgx.Connect(t.Context(), super); err != nil {
		t.Fatal(err)
	}
	run(t, s.admin, "create role stranger login password 'pw'")
	return s.connect(t), &Guard{DSN: func() (string, error) { return super, nil }, Dir: c.Dir, Bounds: Bounds{Roles: "^stranger$", Locks: 500},
		Log: slog.New(slog.DiscardHandler), known: map[id]*session{}, roles: map[string]*role{}}
}

// takeAll leaves no lock to anybody. Locks of a session stay when the statement fails that took them.
func takeAll(t *testing.T, greedy *pgx.Conn) {
	t.Helper()
	if _, err := greedy.Exec(t.Context(), "select count(pg_advisory_lock(1, g)) from generate_series(1, 1000000) g"); err == nil {
		t.Fatal("there is a lock left")
	}
}

func TestARoleThatHoldsAllLocksThatThereAreIsEnded(t *testing.T) {
	t.Parallel()
	greedy, g := crowded(t)
	if err := g.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	takeAll(t, greedy)
	g.learnt = time.Time{} // to look up roles again takes locks
	if err := g.look(t.Context()); err == nil || !g.answers(err) {
		t.Errorf("it hangs up, and nobody can connect: %v", err)
	}
	eventually(t, "who holds all locks is ended", func() bool {
		_, err := greedy.Exec(t.Context(), "select 1")
		return err != nil
	})
}

func TestAGuardThatComesTooLateGetsIn(t *testing.T) {
	t.Parallel()
	greedy, g := crowded(t)
	takeAll(t, greedy)
	if err := g.look(t.Context()); !crowdedOut(err) {
		t.Errorf("it should not get in yet: %v", err)
	}
	eventually(t, "the guard gets in", func() bool { return g.look(t.Context()) == nil })
	if _, err := greedy.Exec(t.Context(), "select 1"); err == nil {
		t.Error("who holds all locks goes on")
	}
}
