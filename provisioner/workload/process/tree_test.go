package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// nest makes a folder in a folder, and so on, as deep as no path leads, and returns the last.
func nest(t *testing.T, dir, name string, deep int) (last int) {
	t.Helper()
	last, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	for range deep {
		if err == nil {
			err = unix.Mkdirat(last, name, 0o700)
		}
		outer := last
		if err == nil {
			last, err = unix.Openat(outer, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		}
		_ = unix.Close(outer)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(last) })
	return last
}

func TestDiskUseReachesWhatNoPathNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	last := nest(t, dir, strings.Repeat("x", 255), 20)
	fd, err := unix.Openat(last, "fill", unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const size = 1 << 20
	if err := unix.Fallocate(fd, 0, 0, size); err != nil {
		t.Fatal(err)
	}
	if got := diskUse(dir, nil, plenty).disk; got < size {
		t.Errorf("a file of %d bytes counts %d", size, got)
	}
}

func TestDiskUseCountsWhatHoldsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 100 {
		name := filepath.Join(dir, strings.Repeat("n", i+1))
		var err error
		switch i % 3 {
		case 0:
			err = os.Mkdir(name, 0o700)
		case 1:
			err = os.Symlink("nowhere", name)
		default:
			err = os.WriteFile(name, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := diskUse(dir, nil, plenty).disk; got < 100*entryBytes {
		t.Errorf("a hundred entries count %d", got)
	}
}

func TestDiskUseCountsWhatIsOnlyMapped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	const size = 1 << 20
	if _, err := f.Write(bytes.Repeat([]byte{1}, size)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	held, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(held) }()
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// Only root may look at it: docs/isolation.md says so of agents of ordinary users.
	if got := diskUse(dir, []int{os.Getpid()}, plenty).disk; got >= size != asRoot() {
		t.Errorf("as root %t, a file of %d bytes that is only mapped counts %d", asRoot(), size, got)
	}
}

func TestFoldersNestedWithoutEndAreSeenAndRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "work")
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "a", "away")); err != nil {
		t.Fatal(err)
	}
	nest(t, dir, "d", 21_000) // more than descriptors
	if !diskUse(dir, nil, plenty).deep {
		t.Error("it is not seen")
	}
	if err := removeTree(dir); err != nil {
		t.Fatal(err)
	}
	if exists(dir) {
		t.Error("it is still there")
	}
	if err := removeTree(dir); err != nil {
		t.Errorf("what is gone: %v", err)
	}
}
