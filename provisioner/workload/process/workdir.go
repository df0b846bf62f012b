package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

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
	err := removeTree(dir)
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

func (c Config) removeWorkDir(id string) error { return removeTree(c.workDir(id)) }

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

func mebibytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }
