package process

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// spareBytes and spareInodes are what must be free in the data directory before an instance is started: what runs then
// still can write down what it holds.
const (
	spareBytes  = 256 << 20
	spareInodes = 4096
)

func (c Config) workParent() string       { return filepath.Join(c.Dir, "work") }
func (c Config) workDir(id string) string { return filepath.Join(c.workParent(), id) }

// makeWorkDir gives the instance an empty folder of its own.
func (c Config) makeWorkDir(id string, uid int) error {
	dir := c.workDir(id)
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil && asRoot() {
		err = os.Lchown(dir, uid, uid)
	}
	if err != nil {
		return fmt.Errorf("make the instance's folder: %w", err)
	}
	return nil
}

func (c Config) removeWorkDir(id string) error { return os.RemoveAll(c.workDir(id)) }

// enoughSpace looks before a start, so that who starts in vain learns why.
func (c Config) enoughSpace() error {
	var st unix.Statfs_t
	if err := unix.Statfs(c.Dir, &st); err != nil {
		return fmt.Errorf("look how much space is free: %w", err)
	}
	files := st.Ffree
	if st.Files == 0 { // some file systems don't count them
		files = spareInodes
	}
	return enough(c.Dir, st.Bavail*uint64(st.Bsize), files)
}

// enough decides by what is free.
func enough(dir string, free, files uint64) error {
	switch {
	case free < spareBytes:
		return fmt.Errorf("the disk is full: %s has %s free, a start needs %s", dir, mebibytes(int64(free)), mebibytes(spareBytes))
	case files < spareInodes:
		return fmt.Errorf("the disk is full: %s has room for %d files, a start needs %d", dir, files, spareInodes)
	}
	return nil
}

// diskUse is what a folder holds together with what these processes hold open of files that have no name any more, in
// bytes of the disk. It is a sum while things change: what goes meanwhile is left out.
func diskUse(dir string, pids []int) (total int64) {
	type file struct{ dev, ino uint64 }
	seen := map[file]bool{}
	add := func(st *syscall.Stat_t) {
		if st.Mode&syscall.S_IFMT == syscall.S_IFREG && !seen[file{st.Dev, st.Ino}] {
			seen[file{st.Dev, st.Ino}] = true
			total += st.Blocks * 512
		}
	}
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil {
			add(info.Sys().(*syscall.Stat_t))
		}
		return nil
	})
	for _, pid := range pids {
		fds, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
		for _, fd := range fds {
			if info, err := os.Stat(fd); err == nil && info.Sys().(*syscall.Stat_t).Nlink == 0 {
				add(info.Sys().(*syscall.Stat_t))
			}
		}
	}
	return total
}

func mebibytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }
