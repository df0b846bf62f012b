package server

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/unixsocket"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// socketMode lets the owner and the group connect; the directory's group is the edge's, or the agent's.
const socketMode = 0o660

// sockets are those that this server was given.
type sockets struct {
	bound map[string]*os.File // by path
	dial  broker.Dial
}

func inherit(s config.Sockets) (given sockets, err error) {
	if given.bound, err = unixsocket.Inherited(s.Inherited); err != nil {
		return given, fmt.Errorf("LONGHOUSE_INHERITED: %w", err)
	}
	if s.Broker == "" {
		return given, nil
	}
	path := strings.TrimPrefix(s.Broker, "unix:")
	if given.bound[path] == nil {
		return given, &config.Invalid{Name: "LONGHOUSE_BROKER_LISTEN", Value: s.Broker, Allowed: "the path of a socket that is inherited"}
	}
	calls, err := unixsocket.Listener(given.bound[path])
	if err != nil {
		return given, fmt.Errorf("LONGHOUSE_BROKER_LISTEN: %w", err)
	}
	given.dial = broker.NewClient(calls.(*net.UnixListener)).DialContext
	return given, nil
}

// listen opens host:port or unix:/path. A socket that a dead process left behind is taken over.
func (s sockets) listen(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return net.Listen("tcp", address)
	}
	if bound := s.bound[path]; bound != nil {
		return unixsocket.Listener(bound)
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
