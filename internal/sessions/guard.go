// Package sessions bounds what the sessions of a PostgreSQL server of this machine take that the server itself doesn't bound, since
// each session may lift its limits: time, memory and locks, by ending sessions, and the processor, by having them make way for
// others. It never knows whose the roles are, and never touches a superuser's.
package sessions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/guard"
)

// How often the guard looks. While a role takes too much of the processors new sessions of it are to make way at once, so that it glances at
// what there is between two looks.
const (
	lookEvery   = 250 * time.Millisecond
	glanceEvery = 50 * time.Millisecond
)

// lookWithin is how long the server may take to answer. It answers late where a session has just taken all that there is.
const lookWithin = 10 * time.Second

// sayEvery is how often a role's ended sessions are logged: it can have as many ended as it likes.
const sayEvery = time.Minute

// Guard bounds the sessions of one server.
type Guard struct {
	DSN    func() (string, error) // of a superuser
	Dir    string                 // the server's data directory, in which all its processes are
	Bounds Bounds
	Aside  Aside // nil: there is none
	Log    *slog.Logger

	conn   *pgx.Conn
	dir    string            // Dir, as the kernel calls it
	names  map[uint32]string // of the roles, empty of those that aren't bounded
	learnt time.Time         // when these were looked up
	looked time.Time         // when it last looked
	known  map[id]*session
	roles  map[string]*role
}

// Bounds are for all sessions of a role together.
type Bounds struct {
	Roles       string        // a regular expression of the names of those that are bounded
	Age         time.Duration // of a statement or a transaction
	MemoryBytes int64
	Locks       int // at a time
}

// Aside is a group of processes that get what nobody else wants of the processors.
type Aside interface {
	Has(pid int) bool
	Put(pid int) error
	Back(pid, other int) error // to where another process is
}

// role is what is known of a role of which there are sessions.
type role struct {
	share share
	said  time.Time // when something was last logged
	ended int       // sessions since then
}

// Keep looks at the sessions again and again until ctx ends.
func (g *Guard) Keep(ctx context.Context) {
	g.known, g.roles = map[id]*session{}, map[string]*role{}
	defer func() { g.hangUp(context.WithoutCancel(ctx)) }()
	failing := time.Time{}
	tick := time.NewTicker(glanceEvery)
	defer tick.Stop()
	for {
		err := guard.Call(func() error { return g.lookOrGlance(ctx) })
		if err != nil && ctx.Err() == nil {
			if !g.answers(err) {
				g.hangUp(ctx)
			}
			if time.Since(failing) > sayEvery {
				failing = time.Now()
				g.Log.Warn("nobody bounds what sessions of the database server take", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (g *Guard) connect(ctx context.Context) error {
	if g.conn != nil {
		return nil
	}
	dsn, err := g.DSN()
	if err != nil {
		return err
	}
	if g.dir, err = filepath.EvalSymlinks(g.Dir); err != nil {
		return fmt.Errorf("find the database server's directory: %w", err)
	}
	if g.conn, err = pgx.Connect(ctx, dsn); err != nil {
		return fmt.Errorf("connect to the database server: %w", err)
	}
	_, err = g.terminate(ctx, os.Getpid(), time.Now()) // no session: what ends one is ready in the server then, also when it lacks everything
	return err
}

// answers reports whether the server itself has said what failed, and goes on listening. Whoever hangs up then may not get through again,
// as where sessions have taken all that each new one needs.
func (g *Guard) answers(failure error) bool {
	said := (*pgconn.PgError)(nil)
	return errors.As(failure, &said) && g.conn != nil && !g.conn.IsClosed()
}

func (g *Guard) hangUp(ctx context.Context) {
	if g.conn != nil {
		_ = g.conn.Close(ctx)
		g.conn = nil
	}
}

func (g *Guard) lookOrGlance(ctx context.Context) error {
	switch passed := time.Since(g.looked); {
	case passed >= lookEvery-glanceEvery/2:
		return g.look(ctx)
	case g.conn != nil && g.anyBusy():
		return g.glance(ctx)
	}
	return nil
}

// glance has new sessions make way of roles that do. What locks there are it doesn't ask: that takes them all.
func (g *Guard) glance(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	list, err := g.activities(ctx, false)
	if err != nil {
		return err
	}
	var unseen []*session
	for _, a := range list {
		a.Role = g.names[a.Owner]
		if r := g.roles[a.Role]; r == nil || !r.share.busy || g.known[a.id()] != nil {
			continue
		}
		s, before := g.session(a)
		s.note(before, time.Now())
		unseen = append(unseen, s)
	}
	g.give(unseen)
	return nil
}

// look is one look at all sessions, and what follows from it.
func (g *Guard) look(ctx context.Context) error {
	defer func() { g.looked = time.Now() }()
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	if err := g.connect(ctx); crowdedOut(err) {
		return errors.Join(err, g.endUnseen())
	} else if err != nil {
		return err
	}
	list, err := g.activities(ctx, true)
	if err != nil {
		return err
	}
	list, unknown := g.bounded(ctx, list)
	now := time.Now()
	all, err := g.sessions(list, now)
	if err != nil {
		return err
	}
	g.makeWay(all)
	errs := []error{unknown}
	for _, b := range breaches(all, g.Bounds, now) {
		errs = append(errs, g.end(ctx, b))
	}
	return errors.Join(errs...)
}

func (g *Guard) end(ctx context.Context, b breach) error {
	terminated, err := g.terminate(ctx, b.session.PID, b.session.Started)
	if err != nil || !terminated || b.session.ended { // it has ended by itself, or takes its time
		return err
	}
	b.session.ended = true
	r := g.roles[b.session.Role]
	if r.ended++; time.Since(r.said) > sayEvery {
		g.Log.Warn("a session of the database server was ended", "role", b.session.Role, "why", b.why, "sessions", r.ended)
		r.said, r.ended = time.Now(), 0
	}
	return nil
}

// terminate does what pg_terminate_backend does, which looks at the server's table of roles.
func (g *Guard) terminate(ctx context.Context, pid int, started time.Time) (terminated bool, err error) {
	return end(pid, func() (bool, error) {
		var n int
		if err := g.conn.QueryRow(ctx, there, pid, started).Scan(&n); err != nil {
			return false, fmt.Errorf("look whether a session is there: %w", err)
		}
		return n > 0, nil
	})
}

// end ends a session's process. It is found before anybody looks whether it still is that session's, so that what is ended is what was
// looked at, also when another gets its number.
func end(pid int, still func() (bool, error)) (ended bool, err error) {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false, fmt.Errorf("find the process of a session: %w", err)
	}
	defer func() { _ = process.Release() }()
	if yes, err := still(); err != nil || !yes {
		return false, err
	}
	if err := process.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, fmt.Errorf("end a session: %w", err)
	}
	return true, nil
}
