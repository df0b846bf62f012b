package supervisor

import (
	"context"
	"slices"
)

// Left reports whether a child whose record is in dir still runs, to be adopted.
func Left(dir, name string) bool {
	p, _, ok := adopt(dir, Child{Name: name})
	return ok && p.Alive()
}

// StopFrom ends the named child and those started after it, the last first. It is no error when there is none.
func (s *Supervisor) StopFrom(ctx context.Context, name string) error {
	s.mu.Lock()
	i := slices.IndexFunc(s.kept, func(k *kept) bool { return k.Name == name })
	if i < 0 {
		s.mu.Unlock()
		return nil
	}
	later := slices.Clone(s.kept[i:])
	s.kept = s.kept[:i]
	s.mu.Unlock()
	return s.end(ctx, later)
}
