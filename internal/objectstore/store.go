package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

// store is what is kept on disk: buckets, their objects, credentials. The S3 backend and the admin server use it.
type store struct {
	dir  string
	keys *keyring.Dir
	log  *slog.Logger
	now  func() time.Time

	credentials *credentials

	changing sync.Mutex // held while a bucket is made or removed; taken before mu
	mu       sync.RWMutex
	buckets  map[string]*bucket

	names nameLocks // of objects, so that a condition and the put that it guards are one, and of uploads
	held  *os.File  // the lock on dir
}

// openStore opens or makes the store in dir. It fails when another process has it open.
func openStore(dir string, keys *keyring.Dir, log *slog.Logger, now func() time.Time) (*store, error) {
	s := &store{dir: dir, keys: keys, log: log, now: now}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	if err := s.lock(); err != nil {
		return nil, err
	}
	for _, name := range []string{"tmp", "trash"} { // what a crash left
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("object store: %w", err)
		}
	}
	for _, name := range []string{"tmp", "trash", "buckets", "credentials"} {
		if err := makeDirs(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("object store: %w", err)
		}
	}
	var err error
	if s.credentials, err = loadCredentials(filepath.Join(dir, "credentials"), s.tmp(), keys); err != nil {
		return nil, err
	}
	return s, s.loadBuckets()
}

func (s *store) lock() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return fmt.Errorf("object store: %s is in use by another store: %w", s.dir, err)
	}
	s.held = f
	return nil
}

func (s *store) close() { s.held.Close() }

func (s *store) tmp() string { return filepath.Join(s.dir, "tmp") }

// discard takes a directory away from everyone who looks for it, durably, and returns where it is now, to be removed. It
// returns "" when there was none.
func (s *store) discard(path string) (trash string, err error) {
	if trash, err = os.MkdirTemp(filepath.Join(s.dir, "trash"), ""); err != nil {
		return "", err
	}
	err = os.Rename(path, filepath.Join(trash, "x"))
	if err == nil {
		return trash, syncDir(filepath.Dir(path))
	}
	os.Remove(trash)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return "", err
}
