package broker

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Held counts the connections that were handed over and are still open, by a number that each was given. To keep a copy of
// each would tell too, and would keep them open: an epoll set forgets a file when the last descriptor of it is closed,
// whoever had that, and /proc shows what is in the set (proc_pid_fdinfo(5)). Nobody ever waits on it.
type Held struct{ epoll *os.File }

// NewHeld is of nothing yet.
func NewHeld() (*Held, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &Held{os.NewFile(uintptr(fd), "held")}, nil
}

// Add counts a connection from now on, until all who have it have closed it.
func (h *Held) Add(conn net.Conn, number int32) error {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = h.add(fd, number) })
	if failed != nil {
		return failed
	}
	return err
}

// AddCopy is Add of a copy of what others have.
func (h *Held) AddCopy(fd int, number int32) error { return h.add(uintptr(fd), number) }

func (h *Held) add(fd uintptr, number int32) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(int(h.epoll.Fd()), unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{Fd: number}))
}

// Count gives how many are open, by number.
func (h *Held) Count() (map[int32]int, error) {
	file, err := os.Open(fmt.Sprintf("/proc/self/fdinfo/%d", h.epoll.Fd()))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	open := map[int32]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		number, ok, err := heldNumber(lines.Text())
		if err != nil {
			return nil, err
		}
		if ok {
			open[number]++
		}
	}
	return open, lines.Err()
}

// heldNumber reads a line such as "tfd: 7 events: 18 data: 2 pos:0 ino:29a910 sdev:9", of which data is hexadecimal.
func heldNumber(line string) (number int32, ok bool, err error) {
	if !strings.HasPrefix(line, "tfd:") {
		return 0, false, nil
	}
	_, after, _ := strings.Cut(line, "data:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0, false, fmt.Errorf("an epoll set is shown as %q", line)
	}
	data, err := strconv.ParseUint(fields[0], 16, 64)
	return int32(data), true, err
}

// Close forgets all.
func (h *Held) Close() { _ = h.epoll.Close() }
