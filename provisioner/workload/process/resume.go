package process

import (
	"errors"
	"fmt"
	"os"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// resume brings back what an earlier agent left. An entry that can't be read is left as it is and every call for it
// refused: its process may well run, and a second one must not be started on a guess. The others don't suffer.
func (a *Agent) resume() error {
	entries, err := os.ReadDir(a.cfg.instancesDir())
	if err != nil {
		return err
	}
	strays := a.cfg.strays()
	for _, e := range entries {
		want, err := a.cfg.loadDesired(e.Name())
		switch {
		case errors.Is(err, os.ErrNotExist): // an agent died before it had kept the first description
		case err != nil:
			a.unreadable[e.Name()] = fmt.Errorf("read the description of %s: %w", e.Name(), err)
			a.cfg.Log.Error("instance is left alone", "instance", e.Name(), "error", err)
		default:
			a.resumeInstance(want, strays[want.SocketDir])
		}
	}
	a.forgetOld()
	return nil
}

func (a *Agent) resumeInstance(want saved, strays []proc.Record) {
	in := newInstance(a, want)
	a.instances[want.Desired.ID] = in
	if s, err := a.cfg.loadStarted(want.Desired.ID); err == nil {
		in.restarts = s.Restarts
		if p, err := proc.Adopt(s.Record); err == nil {
			in.adopt(&child{process: p, runs: s.Runs, startedAt: s.StartedAt, broker: s.Broker, adopted: true, outOfMemory: a.cgroups.outOfMemory(want.Desired.ID)}, want.Desired.ID)
			a.cfg.Log.Info("instance adopted", "instance", want.Desired.ID, "pid", p.PID())
		}
	}
	switch {
	case want.removed(), in.child != nil && in.child.runs != fingerprint(want.Desired):
		in.state = workload.StateStopping
	case in.child != nil:
		in.state = workload.StateRunning
	default:
		in.state = workload.StateStarting
	}
	var others []proc.Record
	for _, r := range strays {
		if in.child == nil || in.child.process.Record() != r {
			others = append(others, r)
		}
	}
	if want.removed() && in.child == nil && len(others) == 0 {
		if done, err := in.clear(); done && err == nil {
			return
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.startLoop(others)
}
