package process

import (
	"context"
	"errors"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// tombstoneLife is how long a removal is remembered, and the log of what was removed kept; it is looked at every hour.
const tombstoneLife = workload.LogsKept - 2*time.Hour

// errForgotten meets a call that came at the very moment when its instance's tombstone was forgotten.
var errForgotten = errors.New("the instance is just being forgotten: ask again")

func (a *Agent) forgetHourly(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, nil, time.Hour)
		a.forgetOld()
	}
}

// forgetOld drops the tombstones that are past their time.
func (a *Agent) forgetOld() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, in := range a.instances {
		switch done, err := in.forget(); {
		case err != nil:
			a.cfg.Log.Warn("tombstone can't be removed", "instance", id, "error", err)
		case done:
			delete(a.instances, id)
		}
	}
}

func (in *instance) forget() (bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.looping || !in.want.removed() || in.agent.now().Sub(in.want.RemovedAt) < tombstoneLife {
		return false, nil
	}
	in.forgotten = true
	return true, in.agent.cfg.forget(in.want.Desired.ID)
}
