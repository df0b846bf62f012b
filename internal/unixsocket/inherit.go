package unixsocket

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// firstInherited is the descriptor after those for input and output.
const firstInherited = 3

// backlog is how many connections may wait; the kernel has its own limit below it (net.core.somaxconn).
const backlog = 65535

// Bind makes a socket of a kind (unix.SOCK_STREAM, ...) at a path where there is nothing, for another program to inherit.
// Connections are refused until somebody listens on it.
func Bind(path string, kind int) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("bind %s: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Listen lets connections to a bound socket wait for whoever accepts them. Who inherits it may listen again.
func Listen(bound *os.File) error {
	raw, err := bound.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), backlog) })
	if failed != nil {
		return failed
	}
	return os.NewSyscallError("listen", err)
}

// Inherited gives the bound sockets that this program was started with, from descriptor 3 up, by their paths.
func Inherited(number int) (map[string]*os.File, error) {
	all := map[string]*os.File{}
	for fd := firstInherited; fd < firstInherited+number; fd++ {
		unix.CloseOnExec(fd)
		address, err := unix.Getsockname(fd)
		if err != nil {
			return nil, fmt.Errorf("use the inherited socket %d: %w", fd, err)
		}
		named, ok := address.(*unix.SockaddrUnix)
		if !ok || named.Name == "" {
			return nil, fmt.Errorf("use the inherited socket %d: it is no unix socket with a path", fd)
		}
		all[named.Name] = os.NewFile(uintptr(fd), named.Name)
	}
	return all, nil
}

// Listener takes connections on a bound socket, which it closes in favour of its own copy.
func Listener(bound *os.File) (net.Listener, error) {
	if err := Listen(bound); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", bound.Name(), err)
	}
	l, err := net.FileListener(bound)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", bound.Name(), err)
	}
	return l, bound.Close()
}
