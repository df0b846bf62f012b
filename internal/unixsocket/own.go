package unixsocket

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// own is a listener that knows which file is its socket.
type own struct {
	net.Listener
	path string
	file os.FileInfo
}

// Own returns a listener on the unix socket at path that removes it when it is closed, unless a successor has put its own
// there.
func Own(l *net.UnixListener, path string) (net.Listener, error) {
	l.SetUnlinkOnClose(false)
	file, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at the socket %s: %w", path, err), l.Close())
	}
	return own{l, path, file}, nil
}

// Close implements net.Listener.
func (l own) Close() error {
	err := l.Listener.Close()
	if now, statErr := os.Lstat(l.path); statErr == nil && os.SameFile(now, l.file) {
		err = errors.Join(err, os.Remove(l.path))
	}
	return err
}
