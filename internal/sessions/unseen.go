package sessions

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// outOfMemory is what a server says to who wants to connect while its sessions have taken all locks: "out of shared memory".
const outOfMemory = "53200"

// crowdedOut reports whether nobody can connect, as sessions have all that each new one needs.
func crowdedOut(failure error) bool {
	said := (*pgconn.PgError)(nil)
	return errors.As(failure, &said) && said.Code == outOfMemory
}

// endUnseen ends, of the bounded sessions of a server that says nothing of them, the one that had the most of processors: to take all
// locks is work. Each look that can't connect ends one more, until one of them was it.
func (g *Guard) endUnseen() error {
	roles, err := regexp.Compile(g.Bounds.Roles)
	if err != nil {
		return fmt.Errorf("read which roles are bounded: %w", err)
	}
	server, err := postmaster(g.dir)
	if err != nil {
		return err
	}
	found, err := childrenOf(server, roles)
	if err != nil || len(found) == 0 {
		return err
	}
	most := slices.MaxFunc(found, func(a, b child) int { return cmp.Compare(a.ran, b.ran) })
	ended, err := end(most.pid, func() (bool, error) {
		c, there := childOf(server, most.pid, roles)
		return there && c.role == most.role, nil
	})
	if err != nil || !ended {
		return err
	}
	g.Log.Warn("a session of the database server was ended", "role", most.role, "why", "nobody could connect, and it had the most of processors")
	return nil
}

// postmaster is the server's first process, which the first line of postmaster.pid names.
func postmaster(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return 0, fmt.Errorf("find the database server: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, fmt.Errorf("find the database server: its number is %q", line)
	}
	return pid, nil
}

// child is a process of the server that works for a bounded role.
type child struct {
	pid  int
	role string
	ran  int64 // nanoseconds on a processor
}

func childrenOf(server int, roles *regexp.Regexp) (found []child, err error) {
	list, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	for _, entry := range list {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if c, ok := childOf(server, pid, roles); ok {
				found = append(found, c)
			}
		}
	}
	return found, nil
}

// childOf reads what a process calls itself, see update_process_title in PostgreSQL's manual: "postgres: CLUSTER: ROLE DATABASE CLIENT STATE".
func childOf(server, pid int, roles *regexp.Regexp) (child, bool) {
	if parent, err := proc.Parent(pid); err != nil || parent != server {
		return child{}, false
	}
	title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return child{}, false
	}
	words := strings.Fields(strings.ReplaceAll(string(title), "\x00", " "))
	for len(words) > 0 && strings.HasSuffix(words[0], ":") {
		words = words[1:]
	}
	if len(words) == 0 || !roles.MatchString(words[0]) {
		return child{}, false
	}
	ran, err := numbers(pid, "schedstat", 1)
	if err != nil {
		return child{}, false
	}
	return child{pid, words[0], ran[0]}, true
}
