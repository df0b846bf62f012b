package process

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// child is the running process of an instance.
type child struct {
	process   *proc.Process
	runs      string // fingerprint
	startedAt time.Time
	broker    *workload.Broker // which connections are made for it; nil: it makes them itself
	adopted   bool             // an agent before us has started it

	outOfMemory int                    // how often the kernel had ended one of its group when it began
	verdict     atomic.Pointer[string] // why the agent ended it
}

// retryStop is the wait after a stop that the kernel refused.
const retryStop = time.Second

// startLoop must be called with mu held. strays are processes that must end before anything else.
func (in *instance) startLoop(strays []proc.Record) {
	in.notify()
	if in.looping {
		return
	}
	in.looping = true
	grace := in.want.Desired.DrainGrace
	in.agent.loops.Go(func() {
		in.endStrays(in.agent.ctx, strays, grace)
		in.loop(in.agent.ctx)
	})
}

// loop brings what is to what is wished, one thing at a time, until the instance is removed or the agent ends,
// which leaves the process alone.
func (in *instance) loop(ctx context.Context) {
	for ctx.Err() == nil {
		in.mu.Lock()
		want, halted, c, changed, retryAt := in.want, in.halted, in.child, in.changed, in.retryAt
		in.mu.Unlock()
		unwanted := want.removed() || halted
		switch {
		case c != nil && (unwanted || c.runs != fingerprint(want.Desired)):
			in.stop(ctx, c, want.Desired.DrainGrace)
		case c != nil:
			in.watch(ctx, c, changed)
		case want.removed():
			if in.finish(ctx) {
				return
			}
		case halted:
			in.set(workload.StateStopping)
			pause(ctx, changed, 0)
		case in.agent.now().Before(retryAt):
			pause(ctx, changed, retryAt.Sub(in.agent.now()))
		default:
			in.start(want)
		}
	}
}

// pause waits for the signal, for the time if there is one, or for the agent's end.
func pause(ctx context.Context, signal <-chan struct{}, d time.Duration) {
	var timeout <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timeout = t.C
	}
	select {
	case <-signal:
	case <-timeout:
	case <-ctx.Done():
	}
}

func (in *instance) set(s workload.State) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.state != s {
		in.state = s
		in.notify()
	}
}

// claim turns the wish into a start under way, unless it has changed meanwhile. From here on halt and remove wait
// for the start's outcome.
func (in *instance) claim(want saved) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.halted || in.want.removed() || in.want.Desired.Generation != want.Desired.Generation {
		return false
	}
	in.state = workload.StateStarting
	in.notify()
	return true
}

func (in *instance) start(want saved) {
	if !in.claim(want) {
		return
	}
	before := in.agent.cgroups.outOfMemory(want.Desired.ID)
	p, err := in.agent.launch(want)
	if err != nil {
		in.ended(nil, "not started: "+err.Error())
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	c := &child{process: p, runs: fingerprint(want.Desired), startedAt: in.agent.now(), broker: want.Desired.Broker, outOfMemory: before}
	in.adopt(c, want.Desired.ID) // at once: it can't begin without its database
	err = in.agent.cfg.saveStarted(want.Desired.ID, started{p.Record(), c.runs, c.startedAt, in.restarts, c.broker})
	if err != nil { // the next agent would have to search for it
		in.agent.cfg.Log.Error("instance's process can't be recorded", "instance", want.Desired.ID, "error", err)
	}
	in.state = workload.StateRunning
	in.notify()
	in.agent.cfg.Log.Info("instance started", "instance", want.Desired.ID, "pid", p.PID(), "restarts", in.restarts)
}

// adopt takes a process on as the instance's; mu must be held.
func (in *instance) adopt(c *child, id string) {
	in.child = c
	if c.broker != nil {
		in.agent.loops.Go(func() { in.serveDials(in.agent.ctx, id, c) })
	}
}

// watch waits until the process ends or the wish changes.
func (in *instance) watch(ctx context.Context, c *child, changed <-chan struct{}) {
	select {
	case <-changed:
	case <-ctx.Done():
	case <-c.process.Done():
		status, _ := c.process.Wait(ctx)
		_ = c.process.Kill(ctx) // what it left behind in its group
		in.ended(c, in.how(c, status))
	}
}

// ended takes note of an end that nobody asked for.
func (in *instance) ended(c *child, how string) {
	if c != nil {
		c.process.Close()
		_ = in.agent.cgroups.empty(in.id()) // what left its process group, and nobody looks at; tried again before the next start
	}
	ending := endingOf(c, how)
	in.agent.figures.ends.WithLabelValues(string(ending)).Inc()
	in.mu.Lock()
	defer in.mu.Unlock()
	if c != nil {
		if in.agent.now().Sub(c.startedAt) >= steadyAfter {
			in.ends = 0
		}
	}
	in.ends++
	in.restarts++
	wait := restarts.After(in.ends)
	in.child, in.state, in.last, in.ending, in.retryAt = nil, workload.StateBackoff, how, ending, in.agent.now().Add(wait)
	in.notify()
	in.agent.cfg.Log.Warn("instance ended", "instance", in.want.Desired.ID, "how", how, "again_in", wait.String())
}

// stop drains and ends the process because it isn't wanted, or not as it is.
func (in *instance) stop(ctx context.Context, c *child, grace time.Duration) {
	in.set(workload.StateStopping)
	if err := c.process.Stop(ctx, grace); err != nil {
		if ctx.Err() == nil {
			in.agent.cfg.Log.Error("instance can't be stopped", "instance", in.want.Desired.ID, "error", err)
			pause(ctx, nil, retryStop)
		}
		return
	}
	status, _ := c.process.Wait(ctx)
	c.process.Close()
	id := in.id()
	// The next start makes them anew. Those that can't be removed, as something is left in them, it empties.
	_ = errors.Join(in.agent.cgroups.empty(id), in.agent.cgroups.remove(id))
	in.mu.Lock()
	defer in.mu.Unlock()
	in.child, in.last, in.ending = nil, status.String(), ""
	in.notify()
	in.agent.cfg.Log.Info("instance stopped", "instance", id, "how", in.last)
}

// finish removes what a stopped, removed instance left; true ends the loop, false means that a later Apply came in
// or that it has to be tried again.
func (in *instance) finish(ctx context.Context) bool {
	done, err := in.clear()
	if err != nil { // a process that was just killed may still be on its way out
		in.mu.Lock()
		in.ends++
		wait := restarts.After(in.ends)
		in.mu.Unlock()
		in.agent.cfg.Log.Warn("instance can't be removed yet", "socket_dir", in.socketDir, "error", err)
		pause(ctx, nil, wait)
	}
	return done
}

func (in *instance) clear() (bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.want.removed() {
		return false, nil
	}
	cfg, id := in.agent.cfg, in.want.Desired.ID
	err := errors.Join(in.agent.cgroups.empty(id), in.agent.cgroups.remove(id), cfg.removeSocketDir(in.socketDir), cfg.removeWorkDir(id), cfg.forgetStarted(id))
	if err != nil {
		return false, err
	}
	in.state, in.looping, in.last, in.ending = workload.StateAbsent, false, "", ""
	in.notify()
	return true, nil
}

// endStrays ends processes of this instance whose record was lost.
func (in *instance) endStrays(ctx context.Context, strays []proc.Record, grace time.Duration) {
	for _, r := range strays {
		p, err := proc.Adopt(r)
		if err != nil {
			continue
		}
		in.agent.cfg.Log.Warn("instance has an unrecorded process, stopping it", "pid", r.PID)
		for p.Stop(ctx, grace) != nil && ctx.Err() == nil {
			pause(ctx, nil, retryStop)
		}
		p.Close()
	}
}
