package process

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// The folder of an instance is walked by descriptors: an instance can nest folders deeper than any path leads, and deeper than we have
// descriptors.

// deepest is how many folders lie in each other on the longest path that the kernel takes.
const deepest = unix.PathMax / 2

// batch is how many names are read at a time.
const batch = 1024

// openFolder opens a folder and follows no link to it.
func openFolder(parent int, name string) (*os.File, error) {
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// walk shows everything below a folder, as long as that is wanted, and leaves out what goes meanwhile. It looks at no more than so
// many levels; deep is whether there are more.
func walk(parent int, name string, levels int, show func(unix.Stat_t) bool) (deep bool) {
	if levels == 0 {
		return true
	}
	dir, err := openFolder(parent, name)
	if err != nil {
		return false
	}
	defer dir.Close()
	fd := int(dir.Fd())
	for err == nil {
		var names []string
		names, err = dir.Readdirnames(batch)
		for _, name := range names {
			var st unix.Stat_t
			if unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
				continue
			}
			if !show(st) {
				return deep
			}
			if st.Mode&unix.S_IFMT == unix.S_IFDIR && walk(fd, name, levels-1, show) {
				deep = true
			}
		}
	}
	return deep
}

// removeTree removes a folder with all that is in it. It takes two descriptors, however deep the folders in it lie.
func removeTree(path string) error {
	dir, err := openFolder(unix.AT_FDCWD, path)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP): // no folder: a file, or a link
		return os.Remove(path)
	case err != nil:
		return fmt.Errorf("remove %s: %w", path, err)
	}
	defer dir.Close()
	err = each(dir, func(name string) error { return strip(int(dir.Fd()), name) })
	if err != nil {
		return fmt.Errorf("remove what is in %s: %w", path, err)
	}
	return os.Remove(path)
}

// strip removes an entry of a folder. The folders that lie in it become entries themselves.
func strip(parent int, name string) error {
	if err := unlink(parent, name); !isFolder(err) {
		return err
	}
	dir, err := openFolder(parent, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	fd := int(dir.Fd())
	err = each(dir, func(inner string) error {
		err := unlink(fd, inner)
		if isFolder(err) {
			err = unix.Renameat(fd, inner, parent, rand.Text())
		}
		return err
	})
	if err != nil {
		return err
	}
	return unix.Unlinkat(parent, name, unix.AT_REMOVEDIR)
}

func unlink(parent int, name string) error {
	err := unix.Unlinkat(parent, name, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// isFolder says so of what unlink refuses to remove; POSIX has EPERM, Linux EISDIR.
func isFolder(err error) bool { return errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) }

// each does something to every entry, until there is none any more.
func each(dir *os.File, do func(name string) error) error {
	for {
		if _, err := dir.Seek(0, io.SeekStart); err != nil {
			return err
		}
		names, err := dir.Readdirnames(batch)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := do(name); err != nil {
				return err
			}
		}
	}
}
