// Package supervisor keeps a list of children running: it starts them in order, adopts those that an earlier life of
// ours left behind, and restarts those that end. It never knows what a child is for.
package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// Child is a process that shall run.
type Child struct {
	Name  string
	Spec  proc.Spec
	Ready func(ctx context.Context) error // waits until the child does its work
	// Stop is the signal that asks the child to end; 0 is SIGTERM.
	Stop  syscall.Signal
	Grace time.Duration // between that and SIGKILL
}

// Supervisor runs children.
type Supervisor struct {
	dir  string // where the children's records are, so that the next life finds them
	log  *slog.Logger
	mu   sync.Mutex
	kept []*kept
}

// kept is a child that is being kept running.
type kept struct {
	Child
	stop chan struct{} // closed: it shall end
	done chan struct{} // closed: it has ended
	mu   sync.Mutex
	now  *proc.Process
}

// New returns a supervisor that keeps its records in dir.
func New(dir string, log *slog.Logger) (*Supervisor, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for records: %w", err)
	}
	return &Supervisor{dir: dir, log: log}, nil
}

// Keep adopts the child or starts it, waits until it is ready, and keeps it running from then on. On an error the
// child does not run, unless it ran before.
func (s *Supervisor) Keep(ctx context.Context, c Child) error {
	process, adopted, err := s.find(ctx, c)
	if err != nil {
		return err
	}
	if err := s.wait(ctx, c, process); err != nil {
		if !adopted {
			_ = process.Kill(context.WithoutCancel(ctx))
			s.forget(c.Name)
		}
		return err
	}
	k := &kept{Child: c, stop: make(chan struct{}), done: make(chan struct{}), now: process}
	s.mu.Lock()
	s.kept = append(s.kept, k)
	s.mu.Unlock()
	go s.watch(k)
	return nil
}

// find adopts the child when it runs as it shall; one that runs otherwise is stopped first.
func (s *Supervisor) find(ctx context.Context, c Child) (p *proc.Process, adopted bool, err error) {
	if p, same, ok := adopt(s.dir, c); ok {
		if same {
			s.log.Info("adopted", "child", c.Name, "pid", p.PID())
			return p, true, nil
		}
		s.log.Info("stopping, as it runs with other settings", "child", c.Name, "pid", p.PID())
		if err := halt(ctx, c, p); err != nil {
			return nil, false, err
		}
	}
	p, err = s.start(c)
	return p, false, err
}

// wait returns when the child is ready, or with an error that holds its last words when it ends before.
func (s *Supervisor) wait(ctx context.Context, c Child, p *proc.Process) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-p.Done():
			cancel(fmt.Errorf("%s ended while it was starting: %s (see %s)", c.Name, lastLine(c.Spec.LogFile), c.Spec.LogFile))
		case <-ctx.Done():
		}
	}()
	if err := c.Ready(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil && cause != context.Canceled {
			return cause
		}
		return fmt.Errorf("wait for %s: %w", c.Name, err)
	}
	return nil
}

// watch restarts the child whenever it ends, with growing pauses, until it shall end.
func (s *Supervisor) watch(k *kept) {
	defer close(k.done)
	for failures := 0; ; {
		began := time.Now()
		select {
		case <-k.stop:
			return
		case <-k.process().Done():
		}
		if time.Since(began) > time.Minute {
			failures = 0
		}
		s.log.Error("child ended, restarting it", "child", k.Name, "last_words", lastLine(k.Spec.LogFile))
		for {
			failures++
			select {
			case <-k.stop:
				return
			case <-time.After(pause(failures)):
			}
			p, err := s.start(k.Child)
			if err == nil {
				k.set(p)
				break
			}
			s.log.Error("restart failed", "child", k.Name, "error", err)
		}
	}
}

// pause doubles from 100 ms to 10 s.
func pause(failures int) time.Duration {
	if failures > 7 {
		return 10 * time.Second
	}
	return 100 * time.Millisecond << (failures - 1)
}

// Stop ends the children, the last started first.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.mu.Lock()
	list := slices.Clone(s.kept)
	s.kept = nil
	s.mu.Unlock()
	return s.end(ctx, list)
}

// end ends children that are not kept any more, from the back.
func (s *Supervisor) end(ctx context.Context, list []*kept) error {
	var first error
	slices.Reverse(list)
	for _, k := range list {
		close(k.stop)
		<-k.done
		if err := halt(ctx, k.Child, k.process()); err != nil && first == nil {
			first = err
		}
		s.forget(k.Name)
	}
	return first
}

// halt asks the child to end in its own way, and kills what is left after the grace.
func halt(ctx context.Context, c Child, p *proc.Process) error {
	if c.Stop == 0 || c.Stop == syscall.SIGTERM {
		return p.Stop(ctx, c.Grace)
	}
	if err := p.Signal(c.Stop); err == nil {
		asked, cancel := context.WithTimeout(ctx, c.Grace)
		_, _ = p.Wait(asked)
		cancel()
	}
	return p.Kill(ctx)
}

func (k *kept) process() *proc.Process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kept) set(p *proc.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now.Close()
	k.now = p
}

func recordFile(dir, name string) string { return filepath.Join(dir, name+".json") }
