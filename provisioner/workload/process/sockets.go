package process

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
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

// boundSockets is how many an instance inherits that makes none itself.
const boundSockets = 3

// makeSockets makes run/NAME anew, with a folder for each of the two who reach the instance. Whatever was there before is
// removed, never changed. run/NAME stays ours, so that an instance that makes its sockets itself can't put a link in the place
// of either folder; in the two it may do what it likes. One that makes none gets them bound, in folders that are ours too.
func (c Config) makeSockets(want saved) (bound []*os.File, err error) {
	name, uid := want.SocketDir, want.Desired.UID
	if want.Desired.Broker != nil {
		uid = os.Geteuid()
	}
	if err := c.makeSocketDir(name, uid); err != nil {
		return nil, fmt.Errorf("make the folder for sockets: %w", err)
	}
	if want.Desired.Broker != nil {
		if bound, err = c.bindSockets(name); err != nil {
			return nil, fmt.Errorf("make sockets: %w", err)
		}
	}
	if err := os.Chmod(c.socketDir(name), 0o711); err != nil {
		closeAll(bound)
		return nil, fmt.Errorf("open the folder for sockets: %w", err)
	}
	return bound, nil
}

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
	return err
}

// bindSockets makes the sockets: those of edge and control plane are in the group of their folder, and refuse whoever comes
// until the instance listens; the third is for us alone, and lets us wait there.
func (c Config) bindSockets(name string) (bound []*os.File, err error) {
	for _, s := range []struct {
		path string
		kind int
		mode os.FileMode
	}{
		{c.socket(name), unix.SOCK_STREAM, 0o660}, {c.adminSocket(name), unix.SOCK_STREAM, 0o660}, {c.brokerSocket(name), unix.SOCK_SEQPACKET, 0o600},
	} {
		file, err := unixsocket.Bind(s.path, s.kind)
		if err == nil {
			bound = append(bound, file)
			err = os.Chmod(s.path, s.mode)
		}
		if err == nil && s.kind == unix.SOCK_SEQPACKET {
			err = unixsocket.Listen(file)
		}
		if err != nil {
			closeAll(bound)
			return nil, err
		}
	}
	return bound, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// give makes a folder of a user. The set-group-id bit gives the sockets made inside the group that may open them.
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
