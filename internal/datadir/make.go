package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Make makes the folders that are missing and brings owners and modes of all to what they shall be.
func (l Layout) Make() error {
	for _, look := range []func() error{l.fits, l.passable, l.ours} {
		if err := look(); err != nil {
			return err
		}
	}
	if err := makeParents(filepath.Dir(l.Root)); err != nil {
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
		{l.RolesDir(), 0o700, l.ControlUID(), l.ControlUID()},
		{filepath.Dir(l.WorkspacesSocket()), 0o700, l.ControlUID(), l.ControlUID()},
		{l.path("control"), 0o700, l.ControlUID(), l.ControlUID()},
		{l.ControlKeys(), 0o700, l.ControlUID(), l.ControlUID()},
		{l.ControlTerraformDir(), 0o700, l.ControlUID(), l.ControlUID()},
		{l.path("releases"), 0o755, 0, 0},
		{l.TerraformDir(), 0o700, 0, 0},
	} {
		if err := makeFolder(d.path, d.mode, d.uid, d.gid, d.path == l.Root); err != nil {
			return err
		}
	}
	return nil
}

// makeParents makes what is missing above the data directory, for everybody to pass whatever our umask is.
func makeParents(dir string) error {
	err := os.Mkdir(dir, 0o755)
	switch {
	case err == nil:
		return os.Chmod(dir, 0o755)
	case errors.Is(err, os.ErrExist):
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("make folder: %w", err)
	}
	if err := makeParents(filepath.Dir(dir)); err != nil {
		return err
	}
	return makeParents(dir)
}

// makeFolder follows a link only where a person may have chosen it. Some folders lie in one that belongs to a part: a
// part that was taken over must not get what its link points to.
func makeFolder(path string, mode os.FileMode, uid, gid int, mayLink bool) error {
	if err := os.Mkdir(path, mode&os.ModePerm); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	flags := os.O_RDONLY | syscall.O_DIRECTORY
	if !mayLink {
		flags |= syscall.O_NOFOLLOW
	}
	folder, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return fmt.Errorf("open the folder %s: %w", path, err)
	}
	defer func() { _ = folder.Close() }()
	if AsRoot() {
		if err := folder.Chown(uid, gid); err != nil {
			return fmt.Errorf("give folder to its part: %w", err)
		}
	}
	if err := folder.Chmod(mode); err != nil {
		return fmt.Errorf("set the mode of a folder: %w", err)
	}
	return nil
}

// longestRoot leaves room for the longest socket path below it in the 107 bytes that a unix socket's address has.
const longestRoot = 107 - len("/run/pg-control/.s.PGSQL.5432")

// fits refuses a directory that sockets don't fit under.
func (l Layout) fits() error {
	if !filepath.IsAbs(l.Root) {
		return fmt.Errorf("the data directory %q must be an absolute path", l.Root)
	}
	if len(l.Root) > longestRoot {
		return fmt.Errorf("the path of the data directory %q has %d characters; at most %d are allowed, so that unix sockets fit below it", l.Root, len(l.Root), longestRoot)
	}
	return nil
}

// passable refuses a directory that parts with other user ids couldn't reach.
func (l Layout) passable() error {
	if !AsRoot() {
		return nil
	}
	dir := filepath.Dir(l.Root)
	if _, err := os.Lstat(l.Root); err == nil {
		dir = l.Root
	}
	real, err := existing(dir)
	if err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	if dir == l.Root {
		real = filepath.Dir(real) // the directory itself gets its mode
	}
	for ; ; real = filepath.Dir(real) {
		info, err := os.Stat(real)
		if err != nil {
			return fmt.Errorf("look at %s: %w", real, err)
		}
		if info.Mode()&0o001 == 0 {
			return fmt.Errorf("the data directory %s lies in %s, which only its owner may enter; the parts of Longhouse run as users of their own: choose another with --data, such as /var/lib/longhouse", l.Root, real)
		}
		if real == "/" {
			return nil
		}
	}
}

// existing is the nearest folder that exists, from dir upwards, without links.
func existing(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, os.ErrNotExist) && dir != "/" {
		return existing(filepath.Dir(dir))
	}
	return real, err
}

// ours refuses a directory in which somebody keeps something else: its owner and mode would change.
func (l Layout) ours() error {
	entries, err := os.ReadDir(l.Root)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the data directory: %w", err)
	}
	foreign := 0
	for _, e := range entries {
		switch e.Name() {
		case "logs": // what Make makes first
			return nil
		case "lost+found": // an empty file system's own
		default:
			foreign++
		}
	}
	if foreign > 0 {
		return fmt.Errorf("%s is neither empty nor a data directory of Longhouse: it is left alone, choose another with --data", l.Root)
	}
	return nil
}
