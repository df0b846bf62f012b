// Package keyring owns the symmetric keys of one data directory, one file per key, and the sealing of small secrets
// with them. It never writes a key anywhere else, never caches one (so that a destroyed key is gone for the next
// caller, whoever destroyed it), and never logs one.
package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// ErrNotFound is returned for a key that was never created or has been destroyed.
var ErrNotFound = errors.New("no such key")

var validName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// Dir is a keyring in a directory. It may be used by several goroutines and several processes at once.
type Dir struct {
	path string
}

// Open uses the directory dir as a keyring, and makes it (0700) when it is absent. A directory that others may read or
// write is refused.
func Open(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make keyring: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keyring %s has mode %#o, which lets others in; it must be 0700", dir, info.Mode().Perm())
	}
	return &Dir{path: dir}, nil
}

// Create returns the key called name and makes it from the system's randomness when it is absent. Callers that race get
// the same key. When Create returns, the key is durable: whatever is encrypted with it survives a power cut.
func (d *Dir) Create(name string) ([]byte, error) {
	key, err := d.Get(name)
	if !errors.Is(err, ErrNotFound) {
		return key, err
	}
	fresh := make([]byte, KeySize)
	rand.Read(fresh)
	if err := d.install(name, fresh); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create key %s: %w", name, err)
	}
	// Read back rather than return fresh: another creator may have won. Syncing the directory also covers a winner that
	// has not yet synced it.
	if err := syncDir(d.path); err != nil {
		return nil, fmt.Errorf("create key %s: %w", name, err)
	}
	return d.Get(name)
}

// Get returns the key called name, or ErrNotFound.
func (d *Dir) Get(name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(d.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key %s: %w", name, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", name, err)
	}
	defer f.Close()
	key := make([]byte, KeySize+1)
	n, err := io.ReadFull(f, key)
	if n != KeySize || !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("key %s is damaged: its file must hold exactly %d bytes", name, KeySize)
	}
	return key[:KeySize], nil
}

// Destroy removes the key called name for good; an absent key is success. When Destroy returns, no process finds the key
// and a power cut does not bring it back. The medium may still hold its bytes: on flash and on journaling file systems
// overwriting a file would not reach them either, so disks under a keyring should be encrypted.
func (d *Dir) Destroy(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("destroy key %s: %w", name, err)
	}
	if err := syncDir(d.path); err != nil {
		return fmt.Errorf("destroy key %s: %w", name, err)
	}
	return nil
}

// List returns the names of all keys in order.
func (d *Dir) List() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	names := []string{}
	for _, e := range entries {
		if validName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// install makes the key file appear whole or not at all: it is written and synced under another name, then linked, which
// fails with fs.ErrExist when the name is taken.
func (d *Dir) install(name string, key []byte) error {
	tmp, err := os.CreateTemp(d.path, ".new-*") // 0600 and O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := tmp.Write(key); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	return os.Link(tmp.Name(), filepath.Join(d.path, name))
}

func checkName(name string) error {
	if validName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("key name %q is not valid: 1 to 64 of a-z, 0-9, _ and - are allowed", strings.ToValidUTF8(name, "?"))
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
