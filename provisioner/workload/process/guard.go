package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/logfile"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// guardEvery is how long an instance may be over a limit that the kernel doesn't keep.
const guardEvery = time.Second

// usage is what an instance takes of what only the agent bounds.
type usage struct {
	memory int64 // bytes resident, 0 where the kernel bounds it
	disk   int64 // bytes, at least entryBytes for each name
	names  int64 // of these, what names count beyond the blocks behind them
	deep   bool  // some of it lies too deep to be counted
}

// breach says which limit is passed, in words for LastExit; empty: none.
func breach(l workload.Limits, u usage) string {
	switch {
	case l.MemoryBytes > 0 && u.memory > l.MemoryBytes:
		return fmt.Sprintf("killed: out of memory (it held %s, the limit is %s)", mebibytes(u.memory), mebibytes(l.MemoryBytes))
	case l.DiskBytes > 0 && u.disk > l.DiskBytes && u.disk-u.names <= l.DiskBytes:
		return fmt.Sprintf("killed: out of disk (too many names: each counts %d KiB, the limit is %s)", entryBytes>>10, mebibytes(l.DiskBytes))
	case l.DiskBytes > 0 && u.disk > l.DiskBytes:
		return fmt.Sprintf("killed: out of disk (it held %s in files, the limit is %s)", mebibytes(u.disk), mebibytes(l.DiskBytes))
	case l.DiskBytes > 0 && u.deep:
		return fmt.Sprintf("killed: out of disk (more than %d folders lie in each other)", deepest)
	}
	return ""
}

// guard looks at every instance again and again, at each by itself: what one look takes is the instance's to choose.
func (a *Agent) guard(ctx context.Context) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var byUser map[int][]int
		if len(a.cgroups.folders()) == 0 {
			byUser = processesByUser()
		}
		for _, in := range a.all() {
			if !in.looking.CompareAndSwap(false, true) { // the look before takes long
				continue
			}
			a.loops.Go(func() {
				defer in.looking.Store(false)
				in.guard(byUser)
			})
		}
	}
}

// guard bounds the log, and ends the instance when it has passed a limit.
func (in *instance) guard(byUser map[int][]int) {
	in.mu.Lock()
	c, d := in.child, in.want.Desired
	in.mu.Unlock()
	cfg := in.agent.cfg
	if err := logfile.Rotate(cfg.logFile(d.ID), logfile.Default); err != nil {
		cfg.Log.Warn("log can't be bounded", "instance", d.ID, "error", err)
	}
	if c == nil {
		return
	}
	pids := in.agent.processes(d, c.process.PID(), byUser)
	var u usage
	if d.Limits.DiskBytes > 0 && in.diskPace.due(time.Now()) {
		began := time.Now()
		u = diskUse(cfg.workDir(d.ID), pids, d.Limits.DiskBytes)
		u.disk += blocks(cfg.logFile(d.ID))
		in.diskPace.took(began, time.Now())
	}
	u.memory = in.agent.memoryUse(pids)
	why := breach(d.Limits, u)
	if why == "" {
		return
	}
	c.verdict.Store(&why)
	_ = c.process.SignalGroup(syscall.SIGKILL) // where that fails it has just ended; who waits for its end empties the groups
}

// processes are those of the instance, as far as they can be told: by its group, else by its user, else the one.
func (a *Agent) processes(d workload.Desired, pid int, byUser map[int][]int) []int {
	if folders := a.cgroups.folders(); len(folders) > 0 {
		return pidsIn(filepath.Join(folders[0], d.ID))
	}
	if asRoot() {
		return byUser[d.UID]
	}
	return []int{pid}
}

// memoryUse is 0 where the kernel bounds it.
func (a *Agent) memoryUse(pids []int) (bytes int64) {
	if a.cgroups.folder("memory") == "" {
		for _, pid := range pids {
			bytes += resident(pid)
		}
	}
	return bytes
}

// blocks is what a file takes of the disk, which can be more than its length.
func blocks(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

// resident is the second figure of statm, see proc_pid_statm(5), 0 for a process that is gone.
func resident(pid int) int64 {
	words := readWords(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if len(words) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(words[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// processesByUser lists every process of the machine.
func processesByUser() map[int][]int {
	all := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if info, err := e.Info(); err == nil {
			uid := int(info.Sys().(*syscall.Stat_t).Uid)
			all[uid] = append(all[uid], pid)
		}
	}
	return all
}

// outOfMemory counts how often the kernel ended a process of the instance's group because of its limit.
func (g cgroups) outOfMemory(id string) int {
	for _, name := range []string{"memory.events", "memory.oom_control"} { // v2, v1: a name and a number in each line
		words := readWords(filepath.Join(g.folder("memory"), id, name))
		if at := slices.Index(words, "oom_kill"); at >= 0 && at+1 < len(words) {
			n, _ := strconv.Atoi(words[at+1])
			return n
		}
	}
	return 0
}

// how says why a process ended, in words for LastExit.
func (in *instance) how(c *child, status proc.ExitStatus) string {
	if why := c.verdict.Load(); why != nil {
		return *why
	}
	if in.agent.cgroups.outOfMemory(in.want.Desired.ID) > c.outOfMemory && (status.Signal == syscall.SIGKILL || !status.Known) {
		return fmt.Sprintf("killed: out of memory (limit %s)", mebibytes(in.want.Desired.Limits.MemoryBytes))
	}
	return status.String()
}
