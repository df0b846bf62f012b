package supervisor

import (
	"cmp"
	"slices"
)

// State is how a child that is kept running is.
type State struct {
	Name string
	Runs bool
	Ends int64 // how many of its processes ended by themselves or hung, in this life of ours
}

// States returns the state of every child that is kept running, by name.
func (s *Supervisor) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []State
	for name, k := range s.kept {
		state := State{Name: name, Runs: true, Ends: k.ends.Load()}
		select {
		case <-k.life().Done():
			state.Runs = false
		default:
		}
		list = append(list, state)
	}
	slices.SortFunc(list, func(a, b State) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
