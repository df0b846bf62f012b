package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Sockets shows a copy of each socket that a process has, but those in seen, which it adds to by the name that the kernel gives them. It
// takes the right to trace the process. What is closed, or ends, meanwhile is left out. A copy is a bare descriptor, as an os.File may
// change how those who have the socket read and write.
func Sockets(pid int, seen map[string]bool, show func(socket int) error) error {
	process, err := open(pid)
	if err != nil {
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	defer func() { _ = process.pidfd.Close() }()
	process.record.PID = pid
	links, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*")) // the pattern is a good one
	for _, link := range links {
		name, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(name, "socket:") || seen[name] {
			continue
		}
		fd, _ := strconv.Atoi(filepath.Base(link)) // the kernel wrote it
		socket, err := process.take(fd)
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		seen[name] = true
		err = show(socket)
		_ = unix.Close(socket)
		if err != nil {
			return err
		}
	}
	return nil
}

func gone(err error) bool {
	return errors.Is(err, unix.EBADF) || errors.Is(err, unix.ESRCH) || errors.Is(err, os.ErrProcessDone)
}
