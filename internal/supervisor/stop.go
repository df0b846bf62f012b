package supervisor

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// strayGrace is for children of which nothing is known but the name.
const strayGrace = 10 * time.Second

// Stop ends the named children, one after the other, also those that an earlier life left and nobody has adopted.
func (s *Supervisor) Stop(ctx context.Context, names ...string) error {
	var failed error
	for _, name := range names {
		c, p := Child{Name: name, Grace: strayGrace}, (*proc.Process)(nil)
		var leavers []*life
		if k, ok := s.release(name); ok {
			c, p, leavers = k.Child, k.life().Process, k.leavers()
		} else if r, left := read(s.dir, name); left != nil {
			c.Stop, c.Grace, p = r.Stop, r.Grace, left
		}
		s.drop(name) // now that nobody is about to start the child with it
		if p != nil {
			failed = errors.Join(failed, s.halt(ctx, c, p))
		}
		for _, l := range leavers {
			failed = errors.Join(failed, s.end(ctx, c, l.Process))
		}
		failed = errors.Join(failed, s.haltStrays(ctx, c))
	}
	return failed
}

// Undo ends those of the named children that this supervisor has started, one after the other. Those that it has
// adopted go on, and are not kept any more.
func (s *Supervisor) Undo(ctx context.Context, names ...string) error {
	var failed error
	for _, name := range names {
		k, ok := s.release(name)
		s.drop(name)
		if ok && !k.life().adopted {
			failed = errors.Join(failed, s.halt(ctx, k.Child, k.life().Process))
		}
	}
	return failed
}

// Started reports whether the child is being kept and is not an adopted one.
func (s *Supervisor) Started(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[name]
	return ok && !k.life().adopted
}

// Keeps reports whether the child is restarted when it ends.
func (s *Supervisor) Keeps(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.kept[name]
	return ok
}

// release stops keeping the child, which goes on.
func (s *Supervisor) release(name string) (*kept, bool) {
	s.mu.Lock()
	k, ok := s.kept[name]
	delete(s.kept, name)
	s.mu.Unlock()
	if ok {
		close(k.stop)
		<-k.done
	}
	return k, ok
}

// halt asks the child to end in its own way, and kills what is left after the grace, or at once when ctx ends. Should
// we be killed meanwhile, the next life does not adopt what is ending.
func (s *Supervisor) halt(ctx context.Context, c Child, p *proc.Process) error {
	if err := s.Condemn(c.Name); err != nil {
		s.log.Error("can't write down that a child is ending", "child", c.Name, "error", err)
	}
	if err := s.end(ctx, c, p); err != nil {
		return err
	}
	s.forget(c.Name)
	return nil
}

// end ends one process of a child, which need not be the one that is written down.
func (s *Supervisor) end(ctx context.Context, c Child, p *proc.Process) error {
	began := time.Now()
	if ask(c, p) == nil {
		asked, cancel := context.WithTimeout(ctx, c.Grace)
		_, _ = p.Wait(asked)
		cancel()
	}
	if err := kill(p); err != nil {
		return fmt.Errorf("stop %s: %w", c.Name, err)
	}
	s.log.Info("ended", "child", c.Name, "pid", p.PID(), "seconds", time.Since(began).Seconds())
	return nil
}

// ask sends the child's own signal: SIGTERM to it and its descendants, any other to it alone.
func ask(c Child, p *proc.Process) error {
	if c.Stop == 0 || c.Stop == syscall.SIGTERM {
		return p.SignalGroup(syscall.SIGTERM)
	}
	return p.Signal(c.Stop)
}

// kill is not given up with the caller's context, but doesn't wait for good for what the kernel can't end.
func kill(p *proc.Process) error {
	ctx, cancel := context.WithTimeout(context.Background(), strayGrace)
	defer cancel()
	return p.Kill(ctx)
}
