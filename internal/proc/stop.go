package proc

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pidfdSignalProcessGroup is PIDFD_SIGNAL_PROCESS_GROUP of linux/pidfd.h, known to Linux 6.9 and later.
const pidfdSignalProcessGroup = 1 << 2

// Signal sends to the process alone; os.ErrProcessDone when it has ended.
func (p *Process) Signal(sig syscall.Signal) error { return p.send(sig, 0) }

// SignalGroup sends to the process and those of its descendants that stayed in its process group, also after the
// process itself has ended; os.ErrProcessDone when none is left.
func (p *Process) SignalGroup(sig syscall.Signal) error {
	err := p.send(sig, pidfdSignalProcessGroup)
	if errors.Is(err, unix.EINVAL) {
		return p.signalGroupByNumber(sig)
	}
	return err
}

func (p *Process) send(sig syscall.Signal, flags int) error {
	err := os.ErrProcessDone
	p.control(func(fd uintptr) { err = unix.PidfdSendSignal(int(fd), sig, nil, flags) })
	return signalError(err)
}

// signalGroupByNumber is for older kernels. A number stays taken while a group bears it, even one whose leader is
// gone; so the group is ours unless the number belongs to a process that started at another time.
func (p *Process) signalGroupByNumber(sig syscall.Signal) error {
	p.reap.Lock()
	defer p.reap.Unlock()
	if st, err := readStat(p.record.PID); err == nil && st.start != p.record.StartTime {
		return os.ErrProcessDone
	}
	return signalError(unix.Kill(-p.record.PID, sig))
}

func signalError(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// Stop asks the group to end (SIGTERM), gives it the grace, and then kills what is left of it. It is done when
// the process has ended; an error means that it may still run.
func (p *Process) Stop(ctx context.Context, grace time.Duration) error {
	if err := p.SignalGroup(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return p.Kill(ctx)
}

// Kill kills the group at once, also what a process that has ended left behind, and waits for the process's end.
func (p *Process) Kill(ctx context.Context) error {
	if err := p.SignalGroup(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err := p.Wait(ctx)
	return err
}
