package proc

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a started or an adopted process, held by a pidfd. All methods may be called at any time from any
// goroutine.
type Process struct {
	record Record
	pidfd  *os.File
	reap   sync.Mutex // held while reaping and while signalling by number, so that the number stays ours
	done   chan struct{}
	status ExitStatus // set before done is closed
}

// ExitStatus is how a process ended. The kernel tells it only to the parent: for an adopted process Known is false.
type ExitStatus struct {
	Known  bool
	Code   int            // when it ended by itself
	Signal syscall.Signal // when a signal ended it, else 0
}

func (s ExitStatus) String() string {
	switch {
	case !s.Known:
		return "ended (status unknown: adopted process)"
	case s.Signal != 0:
		return fmt.Sprintf("ended by signal %d (%s)", int(s.Signal), s.Signal)
	default:
		return fmt.Sprintf("exit code %d", s.Code)
	}
}

// started are the numbers of the children that this program started and has not reaped. Who adopts one of them leaves it to who started
// it, as the kernel tells how a process ended to the first who asks.
var started = struct {
	sync.Mutex
	pids map[int]bool
}{pids: map[int]bool{}}

// own makes a Process of our own child, whose number can't be reused before we reap it.
func own(child *os.Process) (*Process, error) {
	p, err := open(child.Pid)
	if err != nil {
		return nil, err
	}
	if p.record, err = newRecord(child.Pid); err != nil {
		_ = p.pidfd.Close()
		return nil, err
	}
	started.Lock()
	started.pids[child.Pid] = true
	started.Unlock()
	go p.watch(child)
	return p, nil
}

func open(pid int) (*Process, error) {
	fd, err := unix.PidfdOpen(pid, unix.O_NONBLOCK) // = PIDFD_NONBLOCK, which lets the runtime's poller have it
	if err != nil {
		return nil, err
	}
	return &Process{pidfd: os.NewFile(uintptr(fd), "pidfd"), done: make(chan struct{})}, nil
}

// watch waits on the runtime's poller, not in a thread of its own per child, and reaps the child if it is ours.
func (p *Process) watch(child *os.Process) {
	conn, err := p.pidfd.SyscallConn()
	if err == nil {
		err = conn.Read(func(fd uintptr) bool { return ended(fd, 0) })
	}
	if err != nil { // a process that Adopt refused
		return
	}
	p.reap.Lock()
	started.Lock()
	if child != nil {
		p.reapOwn(child)
	} else if !started.pids[p.record.PID] {
		p.reapAdopted()
	}
	started.Unlock()
	p.reap.Unlock()
	close(p.done)
}

// reapOwn must be called with started locked, as from here on another may get the number.
func (p *Process) reapOwn(child *os.Process) {
	if state, err := child.Wait(); err == nil {
		p.status = exitStatus(state.Sys().(syscall.WaitStatus))
	}
	delete(started.pids, child.Pid)
}

// reapAdopted reaps a process that is our child although this program did not start it: the one that ran here before did,
// and has handed over to us by execve.
func (p *Process) reapAdopted() {
	var ws unix.WaitStatus
	if pid, err := unix.Wait4(p.record.PID, &ws, unix.WNOHANG, nil); err == nil && pid == p.record.PID {
		p.status = exitStatus(syscall.WaitStatus(ws))
	}
}

func exitStatus(ws syscall.WaitStatus) ExitStatus {
	if ws.Signaled() {
		return ExitStatus{Known: true, Code: -1, Signal: ws.Signal()}
	}
	return ExitStatus{Known: true, Code: ws.ExitStatus()}
}

// ended asks a pidfd, which becomes readable when the whole process has ended, reaped or not.
func ended(fd uintptr, timeoutMillis int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, timeoutMillis)
	return err == nil && n == 1
}

// PID is for logs and /proc; to signal a process use Signal.
func (p *Process) PID() int { return p.record.PID }

// Record is what Adopt needs.
func (p *Process) Record() Record { return p.record }

// Done is closed when the process has ended and, if it was our child, was reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait returns how the process ended, or ctx's error if that comes first.
func (p *Process) Wait(ctx context.Context) (ExitStatus, error) {
	select {
	case <-p.done:
		return p.status, nil
	case <-ctx.Done():
		return ExitStatus{}, ctx.Err()
	}
}

// Alive says whether the process runs; a zombie doesn't.
func (p *Process) Alive() bool {
	alive := false
	p.control(func(fd uintptr) { alive = !ended(fd, 0) })
	return alive
}

// Close gives the descriptor of a process that has ended back, which the garbage collector would do later; after
// it SignalGroup reaches nobody. While the process runs it does nothing.
func (p *Process) Close() {
	select {
	case <-p.done:
		_ = p.pidfd.Close()
	default:
	}
}

func (p *Process) control(fn func(fd uintptr)) {
	if conn, err := p.pidfd.SyscallConn(); err == nil {
		_ = conn.Control(fn) // an error means closed: fn doesn't run
	}
}
