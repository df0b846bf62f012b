// Package datadir is the layout of the directory in which `longhouse up` keeps everything of one machine: which part
// is where, whose it is, and who may enter. It never reads what the parts keep there.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Layout is a data directory. The directory itself is 0711, so that parts with user ids of their own reach what is
// theirs and can't list the rest; what is in it is 0700 unless it has to be entered by others.
type Layout struct {
	Root string
	// UIDBase is the first of the user ids that parts run under when Longhouse runs as root. They have no entry in
	// the system's user database, and a group of the same number each.
	UIDBase int
}

// DefaultUIDBase keeps clear of real users (up to 60000) and of the ranges for containers (100000, 165536, ...).
const DefaultUIDBase = 300000

// The user ids of the parts. Everything runs as the caller when that is not root.
func (l Layout) EdgeUID() int    { return l.UIDBase }
func (l Layout) StoreUID() int   { return l.UIDBase + 1 }
func (l Layout) ControlUID() int { return l.UIDBase + 2 }
func (l Layout) MailUID() int    { return l.UIDBase + 3 }

// FirstInstanceUID is where the user ids of workspaces begin.
func (l Layout) FirstInstanceUID() int { return l.UIDBase + 100 }

// AsRoot reports whether parts get user ids of their own.
func AsRoot() bool { return os.Geteuid() == 0 }

func (l Layout) path(parts ...string) string {
	return filepath.Join(append([]string{l.Root}, parts...)...)
}

// What lies where.
func (l Layout) Lock() string           { return l.path("up.lock") }
func (l Layout) UpFile() string         { return l.path("up.json") }
func (l Layout) SettingsFile() string   { return l.path("config.toml") }
func (l Layout) Children() string       { return l.path("run", "children") }
func (l Layout) Log(name string) string { return l.path("logs", name+".log") }

func (l Layout) ControlCluster() string { return l.path("pg", "control") }
func (l Layout) ControlSocket() string  { return l.path("run", "pg-control") }
func (l Layout) CellCluster() string    { return l.path("pg", "cell") }
func (l Layout) CellSocket() string     { return l.path("run", "pg-cell") }

func (l Layout) StoreDir() string    { return l.path("objects", "data") }
func (l Layout) StoreKeys() string   { return l.path("objects", "keys") }
func (l Layout) StoreSocket() string { return l.path("run", "store", "admin.sock") }

func (l Layout) MailDir() string       { return l.path("mail") }
func (l Layout) MailAddresses() string { return l.path("mail", "addresses.json") }

func (l Layout) EdgeDir() string    { return l.path("edge", "state") }
func (l Layout) EdgeToken() string  { return l.path("edge", "token") }
func (l Layout) EdgeSocket() string { return l.path("run", "edge", "admin.sock") }

func (l Layout) ControlKeys() string     { return l.path("control", "keys") }
func (l Layout) ControlDatabase() string { return l.path("control", "database.url") }
func (l Layout) CellDatabase() string    { return l.path("control", "cell.url") }
func (l Layout) CellStoreSecret() string { return l.path("control", "cell-store.secret") }
func (l Layout) EdgeTokenHash() string   { return l.path("control", "edge-token.sha256") }

func (l Layout) ControlPassword() string   { return l.path("secrets", "pg-control.password") }
func (l Layout) CellPassword() string      { return l.path("secrets", "pg-cell.password") }
func (l Layout) TerraformDatabase() string { return l.path("secrets", "terraform.url") }
func (l Layout) OperatorToken() string     { return l.path("secrets", "operator.token") }

func (l Layout) TerraformDir() string { return l.path("terraform") }
func (l Layout) Release(sha256 string) string {
	return l.path("releases", sha256, "workspace-server")
}

// Make makes the folders that are missing and brings owners and modes of all to what they shall be.
func (l Layout) Make() error {
	if err := l.passable(); err != nil {
		return err
	}
	for _, d := range []struct {
		path string
		mode os.FileMode
		uid  int
		gid  int
	}{
		{l.Root, 0o711, 0, 0},
		{l.path("logs"), 0o711, 0, 0},
		{l.path("run"), 0o711, 0, 0},
		{l.path("secrets"), 0o700, 0, 0},
		{l.path("pg"), 0o711, 0, 0},
		{l.path("objects"), 0o711, 0, 0},
		{l.StoreDir(), 0o700, l.StoreUID(), l.StoreUID()},
		{l.StoreKeys(), 0o700, l.StoreUID(), l.StoreUID()},
		{filepath.Dir(l.StoreSocket()), os.ModeSetgid | 0o710, l.StoreUID(), l.ControlUID()},
		{l.MailDir(), 0o700, l.MailUID(), l.MailUID()},
		{l.path("edge"), 0o700, l.EdgeUID(), l.EdgeUID()},
		{filepath.Dir(l.EdgeSocket()), 0o700, l.EdgeUID(), l.EdgeUID()},
		{l.path("control"), 0o700, l.ControlUID(), l.ControlUID()},
		{l.ControlKeys(), 0o700, l.ControlUID(), l.ControlUID()},
		{l.path("releases"), 0o755, 0, 0},
		{l.TerraformDir(), 0o700, 0, 0},
	} {
		if err := make1(d.path, d.mode, d.uid, d.gid); err != nil {
			return err
		}
	}
	return nil
}

func make1(path string, mode os.FileMode, uid, gid int) error {
	if err := os.MkdirAll(path, mode&os.ModePerm); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if AsRoot() {
		if err := os.Chown(path, uid, gid); err != nil {
			return fmt.Errorf("give folder to its part: %w", err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		return fmt.Errorf("set the mode of a folder: %w", err)
	}
	return nil
}

// longestRoot leaves room for the longest socket path below it in the 107 bytes that a unix socket's address has.
const longestRoot = 107 - len("/run/12345678/admin/s")

// passable refuses a directory that sockets don't fit under, or that parts with other user ids couldn't reach.
func (l Layout) passable() error {
	if !filepath.IsAbs(l.Root) {
		return fmt.Errorf("the data directory %q must be an absolute path", l.Root)
	}
	if len(l.Root) > longestRoot {
		return fmt.Errorf("the path of the data directory %q has %d characters; at most %d are allowed, so that unix sockets fit below it", l.Root, len(l.Root), longestRoot)
	}
	if !AsRoot() {
		return nil
	}
	for dir := filepath.Dir(l.Root); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at %s: %w", dir, err)
		}
		if info.Mode()&0o001 == 0 {
			return fmt.Errorf("the data directory %s lies in %s, which only its owner may enter; the parts of Longhouse run as users of their own: choose another with --data, such as /var/lib/longhouse", l.Root, dir)
		}
		if dir == "/" {
			return nil
		}
	}
}

// Acquire takes the directory for this process until it ends. It refuses when another `longhouse up` has it.
func (l Layout) Acquire() (*os.File, error) {
	file, err := os.OpenFile(l.Lock(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("another `longhouse up` runs on %s already", l.Root)
	}
	return file, nil
}
