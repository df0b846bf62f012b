package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// confine makes the instance's groups, sets its limits, and lets the child be born in them: under cgroup v2 by
// descriptor, under v1 because the thread that forks moves in first. done must be called after the start.
func (g cgroups) confine(id string, l workload.Limits, s *proc.Spec) (done func(), err error) {
	for _, dir := range g.folders() {
		if err := os.Mkdir(filepath.Join(dir, id), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("make a cgroup: %w", err)
		}
	}
	for file, value := range g.limits(l) {
		if err := os.WriteFile(filepath.Join(file[0], id, file[1]), []byte(value), 0); err != nil {
			return nil, fmt.Errorf("set a limit: %w", err)
		}
	}
	g.refuseSwap(id)
	s.Thread = func() error { return g.enter(id) }
	if g.v2 == "" {
		return func() {}, nil
	}
	if s.Cgroup, err = os.Open(filepath.Join(g.v2, id)); err != nil {
		return nil, fmt.Errorf("open the cgroup: %w", err)
	}
	return func() { _ = s.Cgroup.Close() }, nil
}

// refuseSwap keeps the instance out of swap, where its limit of memory doesn't count and its work would slow down others,
// and has the kernel end all of it when it ends one for lack of memory. A kernel without swap has no such files.
func (g cgroups) refuseSwap(id string) {
	for name, value := range map[string]string{"memory.swap.max": "0", "memory.swappiness": "0", "memory.oom.group": "1"} {
		if dir := g.folder("memory"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, id, name), []byte(value), 0)
		}
	}
}

// enter moves the calling thread, and no other of ours, into the instance's v1 groups.
func (g cgroups) enter(id string) error {
	for _, dir := range g.folders() {
		if dir == g.v2 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, id, "tasks"), []byte(strconv.Itoa(unix.Gettid())), 0); err != nil {
			return fmt.Errorf("enter the cgroup: %w", err)
		}
	}
	return nil
}

// emptyWithin is how long processes that are killed may take to be gone.
const emptyWithin = 5 * time.Second

// empty kills whatever of the instance is still in its groups, and returns when nothing is: a process that left its process
// group and session can't leave these. No more can be born meanwhile, or a chain of forks would always be ahead.
func (g cgroups) empty(id string) error {
	g.freeze(id)
	for end := time.Now().Add(emptyWithin); ; time.Sleep(time.Millisecond) {
		left := 0
		for _, dir := range g.folders() {
			pids := pidsIn(filepath.Join(dir, id))
			left += len(pids)
			if len(pids) == 0 || os.WriteFile(filepath.Join(dir, id, "cgroup.kill"), []byte("1"), 0) == nil { // Linux 5.14, v2
				continue
			}
			for _, pid := range pids {
				if err := g.kill(id, pid); err != nil {
					return err
				}
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d processes of an earlier life go on in the cgroup, %s after they were killed", left, emptyWithin)
		}
	}
}

// kill looks again after it holds the process, since its number may have passed on.
func (g cgroups) kill(id string, pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) { // gone; EINVAL is what Linux 6.1 says in the moment of its going
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil || !strings.Contains(string(b), "/"+cgroupName+"/"+id+"\n") {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

// remove takes the groups away; it fails while a killed process is still on its way out.
func (g cgroups) remove(id string) error {
	for _, dir := range g.folders() {
		if err := os.Remove(filepath.Join(dir, id)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the cgroup: %w", err)
		}
	}
	return nil
}

// freeze keeps a group from having more processes, until the next limits are set.
func (g cgroups) freeze(id string) {
	if dir := g.folder("pids"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, id, "pids.max"), []byte("0"), 0)
	}
}

func pidsIn(group string) (pids []int) {
	for _, word := range readWords(filepath.Join(group, "cgroup.procs")) {
		if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}
