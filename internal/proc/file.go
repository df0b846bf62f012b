package proc

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// File returns a copy of one of the process's descriptors. It takes the right to trace the process.
func (p *Process) File(fd int) (*os.File, error) {
	copied, err := p.take(fd)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(copied), "descriptor"), nil
}

func (p *Process) take(fd int) (copied int, err error) {
	copied, err = -1, os.ErrProcessDone
	p.control(func(pidfd uintptr) { copied, err = unix.PidfdGetfd(int(pidfd), fd, 0) })
	if err != nil {
		return -1, fmt.Errorf("take descriptor %d of process %d: %w", fd, p.record.PID, err)
	}
	return copied, nil
}
