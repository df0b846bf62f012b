package server

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// socketMode lets the owner and the group connect; the directory's group is the edge's, or the agent's.
const socketMode = 0o660

// Listen opens host:port or unix:/path. A socket that a dead process left behind is taken over.
func Listen(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return net.Listen("tcp", address)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, fmt.Errorf("%s exists and is no socket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove old socket: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("set mode of socket: %w", err)
	}
	return l, nil
}
