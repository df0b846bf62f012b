package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// partsName is the group that whatever was in ours moves to under cgroup v2, where only a group without processes of its own
// may have limits in those below it.
const partsName = "longhouse-parts"

// findV2 makes the folder for the groups of instances below the group that we are in. It is empty where no process can be
// born in such a group, so that what fails here never keeps an instance from starting.
func findV2(mount, group string) string {
	dir := ownFolder(mount, strings.TrimSuffix(group, "/"+partsName))
	if dir == "" {
		return ""
	}
	handDown(dir, mount)
	if !bears(dir) {
		return ""
	}
	return dir
}

// handDown gives the groups below dir those controllers of ours that we may hand down. What it can't shows in missing.
func handDown(dir, mount string) {
	parent := filepath.Dir(dir)
	have := readWords(filepath.Join(parent, "cgroup.controllers"))
	ours := slices.DeleteFunc(slices.Clone(limitControllers), func(c string) bool { return !slices.Contains(have, c) })
	if len(ours) == 0 {
		return
	}
	if exists(filepath.Join(parent, "cgroup.type")) { // it isn't the root of all, which may hold processes
		if parent != mount && !delegated(parent) {
			return
		}
		endThreads(parent, dir)
		if !vacate(parent) {
			return
		}
	}
	// In one write, so that all are on or none is: without memory the others would make our group the root of threads, below
	// which nothing can be born.
	all := []byte("+" + strings.Join(ours, " +"))
	if os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), all, 0) == nil {
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), all, 0)
	}
}

// delegated says whether systemd has left a group to us, see systemd.resource-control(5), Delegate. In any other it switches
// controllers off again when it likes, and the limits with them.
func delegated(group string) bool {
	for _, attribute := range []string{"trusted.delegate", "user.delegate"} {
		value := make([]byte, 1)
		if n, err := unix.Getxattr(group, attribute, value); err == nil && n == 1 && value[0] == '1' {
			return true
		}
	}
	return false
}

// endThreads takes back what an earlier release has handed down while there were processes in the group: without memory that made it the
// root of threads, below which no process can be, so that its own could never leave it.
func endThreads(group, dir string) {
	if !slices.Equal(readWords(filepath.Join(group, "cgroup.type")), []string{"domain", "threaded"}) {
		return
	}
	none := []byte("-" + strings.Join(limitControllers, " -"))
	for _, holds := range []string{dir, group} { // from below, as nothing can be taken from who hands it down
		_ = os.WriteFile(filepath.Join(holds, "cgroup.subtree_control"), none, 0)
	}
}

// vacate moves all processes of a group into a leaf of it. A fork under way may leave a child behind, so that it looks again.
func vacate(group string) bool {
	leaf := filepath.Join(group, partsName)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return false
	}
	for range 100 {
		left := readWords(filepath.Join(group, "cgroup.procs"))
		if len(left) == 0 {
			return true
		}
		for _, pid := range left {
			err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(pid), 0)
			if err != nil && !errors.Is(err, unix.ESRCH) {
				return false
			}
		}
	}
	return false
}

// bears tries whether a process can be born in a group below dir.
func bears(dir string) bool {
	try, err := os.MkdirTemp(dir, "try")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(try) }()
	group, err := os.Open(try)
	if err != nil {
		return false
	}
	defer func() { _ = group.Close() }()
	c := exec.CommandContext(context.Background(), "/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	err = c.Run()
	return err == nil || errors.Is(err, os.ErrNotExist) // it was born, and there is no such program
}
