package process

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
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

// makeSocketDir makes run/NAME anew. The instance may do in it what it likes, so whatever was there before is
// never changed, only removed, and the folder becomes the instance's as the last thing: a link left in it can't
// lead our chmod elsewhere. The set-group-id bit gives the sockets made inside the group that may open them.
func (c Config) makeSocketDir(name string, uid int) error {
	dir, admin := c.socketDir(name), c.adminDir(name)
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = os.Mkdir(admin, 0o700)
	}
	if err == nil {
		err = c.give(admin, uid, c.ControlGID)
	}
	if err == nil {
		err = c.give(dir, uid, c.EdgeGID)
	}
	if err != nil {
		return fmt.Errorf("make the folder for sockets: %w", err)
	}
	return nil
}

func (c Config) give(dir string, uid, gid int) error {
	if asRoot() {
		if err := os.Lchown(dir, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o710|os.ModeSetgid)
}

func (c Config) removeSocketDir(name string) error { return os.RemoveAll(c.socketDir(name)) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
