package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// LeavingVariable names, in a child's environment, a descriptor that the child closes when it begins to end by itself. Who
// takes its place then starts at once, beside it, and doesn't wait for what the child finishes. Only a child that listens and
// whose processes may run beside each other is given one.
const LeavingVariable = "LONGHOUSE_LEAVING"

const leavingFD = listenerFD + 1

// dyingTakes is how long after its descriptors a process that dies is still there.
const dyingTakes = 50 * time.Millisecond

// leavingPipe returns the end that the child closes, and what is closed when it does.
func leavingPipe() (child *os.File, leaving <-chan struct{}, err error) {
	ours, child, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pipe: %w", err)
	}
	return child, closed(ours), nil
}

// closed returns what is closed when nobody has the pipe's other end any more.
func closed(pipe *os.File) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, pipe)
		_ = pipe.Close()
	}()
	return ended
}

// hearLeaving gets the pipe of a process that an earlier life has started. Gone is whether that is leaving already. Where we
// may not look into the process its place is taken when it has ended.
func (s *Supervisor) hearLeaving(c Child, p *proc.Process) (leaving <-chan struct{}, gone bool) {
	theirs, err := p.File(leavingFD)
	if errors.Is(err, unix.EBADF) {
		return nil, true
	}
	if err == nil {
		defer func() { _ = theirs.Close() }()
		var ours *os.File
		if ours, err = os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", theirs.Fd()), os.O_RDONLY|unix.O_NONBLOCK, 0); err == nil {
			return closed(ours), false
		}
	}
	s.log.Warn("an adopted child can't tell when it is leaving; the next one starts when it has ended", "child", c.Name, "error", err)
	return nil, false
}

// seeOff waits for the end of a process whose place has been taken, and ends it when that takes too long.
func (s *Supervisor) seeOff(k *kept, l *life) {
	defer k.gone(l)
	within, cancel := context.WithTimeout(context.Background(), k.Grace)
	defer cancel()
	began := time.Now()
	_, _ = l.Wait(within)
	if err := kill(l.Process); err != nil {
		s.log.Error("a child that was leaving can't be ended", "child", k.Name, "pid", l.PID(), "error", err)
		return
	}
	s.log.Info("left", "child", k.Name, "pid", l.PID(), "seconds", time.Since(began).Seconds())
}

func (k *kept) goes(l *life) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.going = append(k.going, l)
}

func (k *kept) gone(l *life) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.going = slices.DeleteFunc(k.going, func(other *life) bool { return other == l })
	l.Close()
}

// leavers are the processes that have not ended though their place has been taken.
func (k *kept) leavers() []*life {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.going)
}
