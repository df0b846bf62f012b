package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// asideName is the group of what makes way: beside that of all instances, as in it its weight would only count against theirs.
const asideName = cgroupName + "-make-way"

// Aside is a group of processes that together get what nobody else wants of the processors. Weights by process don't do for that: each
// of many that spin has its share, however little, and who has just been served waits until all had theirs.
type Aside struct {
	dir        string // empty: there is none
	mount      string // the hierarchy's
	controller string // as /proc/PID/cgroup names the hierarchy
}

// FindAside makes the group, or takes the one that is there. On a machine where none can be made nothing is ever put aside.
func FindAside() Aside {
	groups := findCgroups()
	parent := groups.folder("cpu")
	if parent == "" {
		return Aside{}
	}
	v2 := parent == groups.v2
	a, weight, least := Aside{controller: "cpu"}, "cpu.shares", "2"
	if v2 {
		a.controller, weight, least = "", "cpu.weight", "1"
	}
	a.dir = filepath.Join(filepath.Dir(parent), asideName)
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for _, m := range cgroupMounts(mounts) {
		if m.v2 == v2 && (v2 || slices.Contains(m.options, "cpu")) {
			a.mount = m.dir
		}
	}
	_ = os.Mkdir(a.dir, 0o755)
	// Whoever else wakes up then takes the core from it at once, and not at the kernel's next tick.
	if os.WriteFile(filepath.Join(a.dir, "cpu.idle"), []byte("1"), 0) != nil && // before Linux 5.15
		os.WriteFile(filepath.Join(a.dir, weight), []byte(least), 0) != nil {
		return Aside{}
	}
	return a
}

// Has reports whether a process is in it.
func (a Aside) Has(pid int) bool { return a.dir != "" && a.groupOf(pid) == a.dir }

// Put moves a process into it.
func (a Aside) Put(pid int) error { return a.move(pid, a.dir) }

// Back moves a process out of it, to where another is.
func (a Aside) Back(pid, other int) error { return a.move(pid, a.groupOf(other)) }

// groupOf is the folder of a process's group; that of the hierarchy where its own isn't visible, as in some containers.
func (a Aside) groupOf(pid int) string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if dir := filepath.Join(a.mount, ownCgroups(text)[a.controller]); exists(dir) {
		return dir
	}
	return a.mount
}

func (a Aside) move(pid int, dir string) error {
	if a.dir == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
		return fmt.Errorf("move process %d to another cgroup: %w", pid, err)
	}
	return nil
}
