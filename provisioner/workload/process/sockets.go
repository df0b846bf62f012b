package process

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// socketDirName chooses 8 characters for an instance's folder under run/, where a whole id would make the paths
// of sockets too long.
func socketDirName(id string, taken func(name string) bool) (string, error) {
	for try := range 100 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, try))
		name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
		if !taken(name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("no free folder for the sockets of %s", id)
}

// makeSocketDir makes run/NAME anew, with a folder for each of the two who reach the instance. run/NAME stays ours, so
// that the instance can't put a link in the place of either; in the two it may do what it likes. Whatever was there
// before is removed, never changed.
func (c Config) makeSocketDir(name string, uid int) error {
	dir := c.socketDir(name)
	err := removeTree(dir)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = give(filepath.Dir(c.socket(name)), uid, c.EdgeGID)
	}
	if err == nil {
		err = give(filepath.Dir(c.adminSocket(name)), uid, c.ControlGID)
	}
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		return fmt.Errorf("make the folder for sockets: %w", err)
	}
	return nil
}

// give makes a folder of the instance. The set-group-id bit gives the sockets made inside the group that may open them.
func give(dir string, uid, gid int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if asRoot() {
		if err := os.Lchown(dir, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o710|os.ModeSetgid)
}

func (c Config) removeSocketDir(name string) error { return removeTree(c.socketDir(name)) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
