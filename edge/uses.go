package edge

import (
	"sync"
	"sync/atomic"
)

// uses are the workspaces that somebody used since they were taken last. Who uses one that is among them pays for two loads.
type uses struct {
	round atomic.Int64 // counts how often they were taken; the first is 1, as no door has seen it

	mu   sync.Mutex
	used []*Route // one for each workspace
}

func newUses() *uses {
	u := &uses{}
	u.round.Store(1)
	return u
}

// note is for a request that goes to the workspace's instance.
func (u *uses) note(r *Route) {
	if r.door.used.Load() == u.round.Load() {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if round := u.round.Load(); r.door.used.Swap(round) != round {
		u.used = append(u.used, r)
	}
}

// take returns them. Those that somebody is in go on being used.
func (u *uses) take() (workspaces []string) {
	u.mu.Lock()
	taken := u.used
	u.used = nil
	u.round.Add(1)
	u.mu.Unlock()
	for _, r := range taken {
		workspaces = append(workspaces, r.WorkspaceID)
		if r.door.occupied() {
			u.note(r)
		}
	}
	return workspaces
}
