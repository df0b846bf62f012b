package sessions

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	//go:embed look.sql
	look string
	//go:embed there.sql
	there string
)

// id is a session's: a number alone passes on to the next one.
type id struct {
	pid     int
	started int64 // in microseconds, as the server has it
}

// activity is what the server says of a session.
type activity struct {
	PID     int
	Started time.Time
	Owner   uint32
	Role    string    `db:"-"` // the owner's name
	Busy    bool      // it does something, or has a transaction open
	Changed time.Time // when it last began or ended to do something
	Locks   int
	Since   *time.Time // when its statement or transaction began, by a clock that somebody may put on; nil: it does nothing
}

func (a activity) id() id { return id{a.PID, a.Started.UnixMicro()} }

// session is that, and what was seen of its process.
type session struct {
	activity
	began  time.Time // when the guard first saw what it does now
	memory int64     // bytes that it has beyond what each session has
	since  use       // of processors, since it was started
	took   use       // since the look before
	turn   turn      // what it was last given
	ended  bool      // it was asked to end
	seen   bool      // in this look
}

// activities are what all sessions do. That and ending one takes no lock of the table that they share: somebody may have taken all.
func (g *Guard) activities(ctx context.Context, locks bool) ([]activity, error) {
	rows, _ := g.conn.Query(ctx, look, locks)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[activity])
	if err != nil {
		return nil, fmt.Errorf("list the server's sessions: %w", err)
	}
	return list, nil
}

// sessions gives those that there are. Processes of those that have done nothing since the look before aren't looked at: most are
// idle, and what they have doesn't change.
func (g *Guard) sessions(list []activity, now time.Time) ([]*session, error) {
	base, err := addressSpace(int(g.conn.PgConn().PID()))
	if err != nil {
		return nil, fmt.Errorf("look at the server's processes: %w", err)
	}
	for _, s := range g.known {
		s.seen = false
	}
	var all []*session
	for _, a := range list {
		s, before := g.session(a)
		all = append(all, s)
		s.note(before, now)
		if s.took = (use{}); before != nil && !a.Busy && a.Changed.Equal(before.Changed) {
			continue
		}
		if space, err := addressSpace(a.PID); err == nil { // else it has just ended
			s.memory = max(0, space-base)
		}
		if since, err := usedBy(a.PID); err == nil {
			if before != nil || !g.looked.IsZero() { // all that a new one has taken it took since the last look
				s.took = since.less(s.since)
			}
			s.since = since
		}
	}
	for key, s := range g.known {
		if !s.seen {
			delete(g.known, key)
		}
	}
	return all, nil
}

// note keeps when it was first seen to do what it does.
func (s *session) note(before *activity, now time.Time) {
	if before == nil || !same(before.Since, s.Since) {
		s.began = now
	}
}

// age is how long its statement or transaction has taken, since it was first seen.
func (s *session) age(now time.Time) time.Duration {
	if s.Since == nil {
		return 0
	}
	return now.Sub(s.began)
}

func same(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// session gives what is known of one, with what the server said of it before; nil of a new one.
func (g *Guard) session(a activity) (*session, *activity) {
	s, ok := g.known[a.id()]
	if !ok {
		s = &session{activity: a, seen: true}
		g.known[a.id()] = s
		return s, nil
	}
	before := s.activity
	s.activity, s.seen = a, true
	return s, &before
}

// addressSpace is the first figure of statm, see proc_pid_statm(5), in bytes. All sessions map the same of the server's.
func addressSpace(pid int) (int64, error) {
	figures, err := numbers(pid, "statm", 1)
	if err != nil {
		return 0, err
	}
	return figures[0] * int64(os.Getpagesize()), nil
}

// use is what a process had of processors, and waited for one.
type use struct {
	ran, waited time.Duration
}

func (u use) less(before use) use { return use{u.ran - before.ran, u.waited - before.waited} }

func (u use) and(other use) use { return use{u.ran + other.ran, u.waited + other.waited} }

// usedBy reads schedstat, see sched-stats.rst of the kernel: nanoseconds on a processor, and in wait of one.
func usedBy(pid int) (use, error) {
	figures, err := numbers(pid, "schedstat", 2)
	if err != nil {
		return use{}, err
	}
	return use{time.Duration(figures[0]), time.Duration(figures[1])}, nil
}

// numbers reads the first n of a file of the kernel's about a process.
func numbers(pid int, file string, n int) ([]int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + file)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(string(b))
	if len(words) < n {
		return nil, fmt.Errorf("%s of process %d has %d words", file, pid, len(words))
	}
	found := make([]int64, n)
	for i := range found {
		if found[i], err = strconv.ParseInt(words[i], 10, 64); err != nil {
			return nil, err
		}
	}
	return found, nil
}
