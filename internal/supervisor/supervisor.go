// Package supervisor keeps a list of children running: it starts them, adopts those that an earlier life of ours left
// behind, and restarts those that end. It never knows what a child is for.
package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/proc"
)

// Child is a process that shall run.
type Child struct {
	Name string
	Spec proc.Spec
	// Settings is what decides, beside program, arguments and user, how the child runs, such as files that it reads. A
	// child that runs with others is not adopted but replaced.
	Settings string
	// Ready waits until this process of the child does its work. While one takes another's place both may answer.
	Ready func(ctx context.Context, pid int) error
	// Before mends what the child needs, such as a folder that somebody removed, before it is started again. Optional.
	Before func(ctx context.Context) error
	// Alive returns an error when the child does not answer. A child that does not for a while is restarted. Optional.
	Alive func(ctx context.Context) error
	// Listen is host:port on which the child gets a listening socket from us (see ListenerVariable); empty: none.
	Listen string
	// Also is host:port of a second one (see SecondListenerVariable), of a child that has a first and is one of Beside; empty: none.
	Also string
	// Beside: who takes the place of a process of this child starts beside it, and the other ends when it is ready.
	Beside bool
	// Again is how long a child whose work waits for it is left alone after it ended, unless it does not get going; zero: as long as any other.
	Again backoff.Doubling
	// Stop is the signal that asks the child to end; 0 is SIGTERM.
	Stop  syscall.Signal
	Grace time.Duration // between that and SIGKILL
}

// Supervisor runs children. Of those on one directory only one may be at work.
type Supervisor struct {
	dir     string // where the children's records are, so that the next life finds them
	log     *slog.Logger
	every   time.Duration            // between two looks at a child
	strays  map[string][]proc.Record // what runs without a record, by the child's name
	mu      sync.Mutex
	kept    map[string]*kept
	sockets map[place]*os.File // that children listen on
}

// kept is a child that is being kept running.
type kept struct {
	Child
	stop chan struct{} // closed: it shall not be kept any more
	done chan struct{} // closed: it isn't
	ends atomic.Int64  // of processes that should have gone on

	mu    sync.Mutex
	now   *life
	going []*life // that it took the place of, while they finish
}

// New returns a supervisor that keeps its records in dir. A child of an earlier life that has no record, as that life
// was killed before it could write it, is found by what its environment says.
func New(dir string, log *slog.Logger) (*Supervisor, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for records: %w", err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder for records: %w", err)
	}
	return &Supervisor{dir: dir, log: log, every: lookEvery, strays: strays(dir), kept: map[string]*kept{}, sockets: map[place]*os.File{}}, nil
}

// Keep adopts the child or starts it, waits until it is ready, and keeps it running from then on. On an error the
// child does not run, unless it ran before.
func (s *Supervisor) Keep(ctx context.Context, c Child) error {
	l, err := s.find(ctx, c)
	if err != nil {
		return err
	}
	if err := wait(ctx, c, l); err != nil {
		if !l.adopted {
			_ = s.halt(context.WithoutCancel(ctx), c, l.Process)
		}
		return err
	}
	l.worked = true
	k := &kept{Child: c, stop: make(chan struct{}), done: make(chan struct{}), now: l}
	s.mu.Lock()
	s.kept[c.Name] = k
	s.mu.Unlock()
	go s.watch(k)
	go s.bound(k)
	return nil
}

// find adopts the child when it runs as it shall; one that runs otherwise is stopped first.
func (s *Supervisor) find(ctx context.Context, c Child) (*life, error) {
	l, same := s.adopt(c)
	if same {
		s.log.Info("adopted", "child", c.Name, "pid", l.PID())
		if c.Beside { // one that was being replaced when the earlier life ended
			return l, s.haltOthers(context.WithoutCancel(ctx), c, l.PID())
		}
		return l, nil
	}
	if l != nil && c.Beside && s.socket(c.Name, listenerFD) != nil {
		return s.replace(ctx, c, l)
	}
	if l != nil {
		s.log.Info("stopping, as it runs with other settings", "child", c.Name, "pid", l.PID())
		if err := s.halt(context.WithoutCancel(ctx), c, l.Process); err != nil {
			return nil, err
		}
	}
	if err := s.haltStrays(context.WithoutCancel(ctx), c); err != nil {
		return nil, err
	}
	return s.start(c)
}

// wait returns when the child is ready, or with an error that holds its last words when it ends before.
func wait(ctx context.Context, c Child, l *life) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.Done():
			cancel()
		case <-waiting.Done():
		}
	}()
	err := c.Ready(waiting, l.PID())
	select {
	case <-l.Done(): // whoever answered was not our child
		return fmt.Errorf("%s ended while it was starting: %s (see %s)", c.Name, l.lastWords(c), c.Spec.LogFile)
	default:
	}
	if err != nil {
		return fmt.Errorf("wait for %s: %w", c.Name, err)
	}
	return nil
}

func (k *kept) life() *life {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kept) set(l *life) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now.Close()
	k.now = l
}
