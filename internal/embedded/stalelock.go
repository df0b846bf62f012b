package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// orphansEnd is how long backends that lost their postmaster may take to notice: it is a matter of milliseconds unless
// one is in the middle of something long.
const orphansEnd = 10 * time.Second

// dropStaleLock removes the lock of a server that is gone when PostgreSQL would take it for alive: its pid belongs to
// some other process by now, as after a reboot, or to a zombie that nobody has reaped yet. What is left of the server
// is waited for. The lock of its socket may be there alone, where the cluster was made anew.
func (c Cluster) dropStaleLock(ctx context.Context) error {
	locks := []string{filepath.Join(c.Dir, "postmaster.pid"), filepath.Join(c.SocketDir, socketName+".lock")}
	content, err := os.ReadFile(locks[0])
	if errors.Is(err, os.ErrNotExist) {
		content, err = os.ReadFile(locks[1])
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, _, _ := strings.Cut(string(content), "\n")
	dir, err := filepath.EvalSymlinks(c.Dir)
	if err != nil {
		return err
	}
	// A zombie has no working directory any more.
	if cwd, err := os.Readlink(filepath.Join("/proc", strings.TrimSpace(pid), "cwd")); err == nil && cwd == dir {
		return nil
	}
	if !deserted(ctx, dir) {
		return nil
	}
	for _, path := range locks {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// deserted waits until no process of the cluster is left, and reports whether it came to that.
func deserted(ctx context.Context, dir string) bool {
	ctx, cancel := context.WithTimeout(ctx, orphansEnd)
	defer cancel()
	for inUse(dir) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
	return true
}

// inUse tells whether a process of the cluster in dir is alive: all of them, also backends that lost their
// postmaster, work in the data directory.
func inUse(dir string) bool {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return true
	}
	for _, p := range processes {
		if _, err := strconv.Atoi(p.Name()); err != nil {
			continue
		}
		if cwd, err := os.Readlink(filepath.Join("/proc", p.Name(), "cwd")); err == nil && cwd == dir {
			return true
		}
	}
	return false
}
