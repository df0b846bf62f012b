package edge

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// brisk reads and writes a non-blocking socket without telling the runtime's scheduler that a system call begins, which
// would wake its monitor thread each time after the process was idle: at a thousand requests a second those wake-ups cost
// more than the requests.
type brisk struct {
	net.Conn
	raw syscall.RawConn
}

func newBrisk(c net.Conn) net.Conn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return c
	}
	return &brisk{c, raw}
}

// Read implements net.Conn.
func (b *brisk) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	var errno syscall.Errno
	waitErr := b.raw.Read(func(fd uintptr) bool {
		n, errno = transfer(unix.SYS_READ, fd, p)
		return errno != unix.EAGAIN
	})
	switch {
	case waitErr != nil:
		return 0, waitErr
	case errno != 0:
		return 0, &net.OpError{Op: "read", Net: b.LocalAddr().Network(), Source: b.LocalAddr(), Addr: b.RemoteAddr(), Err: os.NewSyscallError("read", errno)}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements net.Conn.
func (b *brisk) Write(p []byte) (written int, err error) {
	var errno syscall.Errno
	waitErr := b.raw.Write(func(fd uintptr) bool {
		for written < len(p) {
			var n int
			if n, errno = transfer(unix.SYS_WRITE, fd, p[written:]); errno != 0 {
				return errno != unix.EAGAIN
			}
			written += n
		}
		return true
	})
	switch {
	case waitErr != nil:
		return written, waitErr
	case errno != 0:
		return written, &net.OpError{Op: "write", Net: b.LocalAddr().Network(), Source: b.LocalAddr(), Addr: b.RemoteAddr(), Err: os.NewSyscallError("write", errno)}
	}
	return written, nil
}

// still reports whether there is nothing to read, not even an end.
func still(c net.Conn) bool {
	b, ok := c.(*brisk)
	if !ok {
		return true
	}
	var errno syscall.Errno
	err := b.raw.Read(func(fd uintptr) bool {
		var p [1]byte
		_, _, errno = syscall.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&p)), 1, unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
		return true
	})
	return err == nil && errno == unix.EAGAIN
}

// transfer calls read or write.
func transfer(trap, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// CloseWrite tells the other end that nothing more comes.
func (b *brisk) CloseWrite() error {
	half, ok := b.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
