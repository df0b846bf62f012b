package supervisor

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// ListenerVariable names, in a child's environment, the descriptor of the listening socket that it was given. The child
// keeps that descriptor open as long as it listens: a later life of the supervisor takes the socket from there.
const ListenerVariable = "LONGHOUSE_LISTENER"

// listenerFD is the first of the extra files.
const listenerFD = 3

// socket returns the listening socket that is held for the child, if there is one.
func (s *Supervisor) socket(name string) *os.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sockets[name]
}

// hold makes sure that the socket of a child that listens is held here: from then on connections wait while no process
// of the child takes them, and are not refused.
func (s *Supervisor) hold(c Child) error {
	if c.Listen == "" || s.socket(c.Name) != nil {
		return nil
	}
	file, err := listen(c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s for %s: %w", c.Listen, c.Name, err)
	}
	s.holds(c.Name, file)
	return nil
}

func (s *Supervisor) holds(name string, file *os.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[name] = file
}

// take gets the socket out of a child that an earlier life has started. Where that is not possible, as without the right
// to look into the child, the child goes on by itself, and refuses connections while it is replaced.
func (s *Supervisor) take(c Child, p *proc.Process, listens string) {
	if c.Listen == "" || listens != c.Listen || s.socket(c.Name) != nil {
		return
	}
	file, err := p.File(listenerFD)
	if err == nil && !accepts(file) {
		err = fmt.Errorf("descriptor %d is not a listening socket", listenerFD)
		_ = file.Close()
	}
	if err != nil {
		s.log.Warn("the socket of an adopted child can't be shared; connections will be refused while it is replaced", "child", c.Name, "error", err)
		return
	}
	s.holds(c.Name, file)
}

// drop closes our copy of the child's socket: nobody may come any more.
func (s *Supervisor) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if file := s.sockets[name]; file != nil {
		_ = file.Close()
		delete(s.sockets, name)
	}
}

// listen returns a socket that nobody reads from yet. It never comes from TCPListener.File, whose Fd method makes the
// socket blocking for everybody who shares it.
func listen(address string) (*os.File, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	conn, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		return nil, err
	}
	var copied int
	var failed error
	if err := conn.Control(func(fd uintptr) { copied, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	return os.NewFile(uintptr(copied), "listener"), nil
}

func accepts(file *os.File) bool {
	n, err := unix.GetsockoptInt(int(file.Fd()), unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && n == 1
}
