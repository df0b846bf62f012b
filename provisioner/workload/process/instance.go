package process

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// instance is what the agent knows of one id: the wish, which calls change, and what is, which only its loop
// changes. The loop runs unless the wish is a tombstone and done.
type instance struct {
	agent     *Agent
	socketDir string // its folder's name under run/

	looking  atomic.Bool // the guard is at it
	diskPace pace        // of the guard

	mu        sync.Mutex
	want      saved
	halted    bool // the machine stops: no process, whatever is wished
	forgotten bool // the agent has dropped it
	looping   bool
	state     workload.State
	child     *child    // nil unless a process runs
	ends      int       // in a row
	retryAt   time.Time // no start before
	last      string    // how it last ended
	ending    workload.Ending
	restarts  int
	changed   chan struct{} // closed and replaced when anything of the above changes
}

func newInstance(a *Agent, want saved) *instance {
	return &instance{agent: a, socketDir: want.SocketDir, want: want, state: workload.StateAbsent, changed: make(chan struct{})}
}

// id never changes.
func (in *instance) id() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.want.Desired.ID
}

// notify must be called with mu held, after every change.
func (in *instance) notify() {
	close(in.changed)
	in.changed = make(chan struct{})
}

func (in *instance) apply(d workload.Desired) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.halted {
		return errStopping
	}
	if in.forgotten {
		return errForgotten
	}
	have := in.want.Desired
	switch {
	case d.Generation < have.Generation, in.want.removed() && d.Generation == have.Generation:
		return fmt.Errorf("apply generation %d of %s, which is at %d: %w", d.Generation, d.ID, have.Generation, workload.ErrStale)
	case d.Generation == have.Generation && fingerprint(d) != fingerprint(have):
		return fmt.Errorf("%w: generation %d of %s was applied with another description: a change needs a higher generation",
			workload.ErrInvalid, d.Generation, d.ID)
	case d.Generation == have.Generation:
		return nil
	}
	want := saved{Desired: d, SocketDir: in.socketDir}
	if err := in.agent.cfg.saveDesired(want); err != nil {
		return fmt.Errorf("keep the description of %s: %w", d.ID, err)
	}
	in.want, in.ends, in.retryAt, in.restarts, in.last, in.ending = want, 0, time.Time{}, 0, "", ""
	switch {
	case in.child == nil && in.state != workload.StateStopping:
		in.state = workload.StateStarting
	case in.child != nil && in.child.runs != fingerprint(d): // at once, so that running means: as this describes
		in.state = workload.StateStopping
	}
	in.startLoop(nil)
	return nil
}

// remove returns when nothing is left, or a later Apply took over.
func (in *instance) remove(ctx context.Context, generation int64) error {
	if err := in.bury(generation); err != nil {
		return err
	}
	return in.await(ctx, func() bool { return !in.want.removed() || in.state == workload.StateAbsent })
}

func (in *instance) bury(generation int64) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.forgotten {
		return errForgotten
	}
	have := in.want.Desired
	if in.want.removed() && generation <= have.Generation {
		return nil
	}
	if generation < have.Generation {
		return fmt.Errorf("remove generation %d of %s, which is at %d: %w", generation, have.ID, have.Generation, workload.ErrStale)
	}
	want := in.want.tombstone(generation, in.agent.now())
	if err := in.agent.cfg.saveDesired(want); err != nil {
		return fmt.Errorf("keep the removal of %s: %w", have.ID, err)
	}
	in.want = want
	if in.looping {
		in.state = workload.StateStopping
		in.notify()
	}
	return nil
}

// halt stops the process and keeps the wish for the agent's next start.
func (in *instance) halt(ctx context.Context) error {
	in.mu.Lock()
	in.halted = true
	in.notify()
	in.mu.Unlock()
	return in.await(ctx, func() bool { return in.child == nil && in.state != workload.StateStarting })
}

// observe gives everything but Ready, for which the instance has to be asked.
func (in *instance) observe() workload.Observed {
	in.mu.Lock()
	defer in.mu.Unlock()
	o := workload.Observed{ID: in.want.Desired.ID, Generation: in.want.Desired.Generation, State: in.state, LastExit: in.last, Ending: in.ending}
	if in.state == workload.StateAbsent {
		return o
	}
	o.Restarts = in.restarts
	o.Socket, o.AdminSocket = in.agent.cfg.socket(in.socketDir), in.agent.cfg.adminSocket(in.socketDir)
	o.Folder = in.agent.cfg.workDir(o.ID)
	if in.child != nil {
		o.PID, o.StartedAt = in.child.process.PID(), in.child.startedAt
	}
	return o
}

// await waits for a condition of the fields, which it looks at with mu held.
func (in *instance) await(ctx context.Context, ok func() bool) error {
	for {
		in.mu.Lock()
		done, changed := ok(), in.changed
		in.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
