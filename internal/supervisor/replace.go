package supervisor

import (
	"context"
	"fmt"
)

// replace starts the child beside the process that runs otherwise, on the same listening socket, and ends that one once
// the new one is ready. When it never gets ready the old one goes on, and its record is as before.
func (s *Supervisor) replace(ctx context.Context, c Child, old *life) (*life, error) {
	s.log.Info("replacing, as it runs with other settings", "child", c.Name, "pid", old.PID())
	before, _ := read(s.dir, c.Name)
	l, err := s.start(c)
	if err == nil {
		if err = wait(ctx, c, l); err == nil {
			return l, s.end(context.WithoutCancel(ctx), c, old.Process)
		}
		if ending := s.end(context.WithoutCancel(ctx), c, l.Process); ending != nil {
			s.log.Error("a child that never got ready can't be ended", "child", c.Name, "error", ending)
		}
	}
	if remembering := s.write(c.Name, before); remembering != nil {
		s.log.Error("can't write down that a child goes on", "child", c.Name, "error", remembering)
	}
	return nil, fmt.Errorf("replace %s, which goes on as it was: %w", c.Name, err)
}
