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

// SecondListenerVariable names that of a second listening socket, for a child that has one.
const SecondListenerVariable = "LONGHOUSE_SECOND_LISTENER"

// The descriptors of a child's sockets. The first of the extra files is listenerFD, and between the two is leavingFD.
const (
	listenerFD = 3
	secondFD   = 5
)

// place is where a child has a socket.
type place struct {
	name string
	fd   int
}

// listens is where a child shall listen, by descriptor.
func (c Child) listens() map[int]string { return listens(c.Listen, c.Also) }

func listens(first, second string) map[int]string {
	all := map[int]string{}
	if first != "" {
		all[listenerFD] = first
	}
	if second != "" {
		all[secondFD] = second
	}
	return all
}

// socket returns a listening socket that is held for the child, if there is one.
func (s *Supervisor) socket(name string, fd int) *os.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sockets[place{name, fd}]
}

// hold makes sure that the sockets of a child that listens are held here: from then on connections wait while no process
// of the child takes them, and are not refused.
func (s *Supervisor) hold(c Child) error {
	for fd, address := range c.listens() {
		if s.socket(c.Name, fd) != nil {
			continue
		}
		file, err := listen(address)
		if err != nil {
			return fmt.Errorf("listen on %s for %s: %w", address, c.Name, err)
		}
		s.holds(place{c.Name, fd}, file)
	}
	return nil
}

func (s *Supervisor) holds(at place, file *os.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[at] = file
}

// take gets the sockets out of a child that an earlier life has started. Where that is not possible, as without the right
// to look into the child, the child goes on by itself, and refuses connections while it is replaced.
func (s *Supervisor) take(c Child, p *proc.Process, r record) {
	before := listens(r.Listen, r.Also)
	for fd, address := range c.listens() {
		if before[fd] != address || s.socket(c.Name, fd) != nil {
			continue
		}
		file, err := p.File(fd)
		if err == nil && !accepts(file) {
			err = fmt.Errorf("descriptor %d is not a listening socket", fd)
			_ = file.Close()
		}
		if err != nil {
			s.log.Warn("the socket of an adopted child can't be shared; connections will be refused while it is replaced", "child", c.Name, "error", err)
			continue
		}
		s.holds(place{c.Name, fd}, file)
	}
}

// drop closes our copies of the child's sockets: nobody may come any more.
func (s *Supervisor) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, file := range s.sockets {
		if at.name == name {
			_ = file.Close()
			delete(s.sockets, at)
		}
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
