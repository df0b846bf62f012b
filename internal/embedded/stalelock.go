package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dropStaleLock removes the lock of a server that is gone when its pid belongs to some other process by now. A
// free pid PostgreSQL recognises itself, but a living one, as after a reboot, makes it refuse to start.
func (c Cluster) dropStaleLock() error {
	lock := filepath.Join(c.Dir, "postmaster.pid")
	content, err := os.ReadFile(lock)
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
	cwd, err := os.Readlink(filepath.Join("/proc", strings.TrimSpace(pid), "cwd"))
	if err != nil || cwd == dir || inUse(dir) {
		return nil
	}
	for _, path := range []string{lock, filepath.Join(c.SocketDir, socketName+".lock")} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
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
