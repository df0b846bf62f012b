package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// lock is released by the kernel when we die, however we die; children don't inherit it.
func (c Config) lock() (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.agentDir(), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another agent runs on %s", c.Dir)
	}
	return f, nil
}

// resume brings back what an earlier agent left. An entry that can't be read stops us: its process might run, and
// guessing could start a second one.
func (a *Agent) resume() error {
	entries, err := os.ReadDir(a.cfg.instancesDir())
	if err != nil {
		return err
	}
	strays := a.cfg.strays()
	for _, e := range entries {
		want, err := a.cfg.loadDesired(e.Name())
		if errors.Is(err, os.ErrNotExist) { // died before the first Apply was kept
			continue
		}
		if err != nil {
			return fmt.Errorf("read the description of %s: %w", e.Name(), err)
		}
		if want.removed() && a.now().Sub(want.RemovedAt) > tombstoneLife && len(strays[want.SocketDir]) == 0 {
			if err := a.cfg.forget(e.Name()); err != nil {
				return err
			}
			continue
		}
		a.resumeInstance(want, strays[want.SocketDir])
	}
	return nil
}

func (a *Agent) resumeInstance(want saved, strays []proc.Record) {
	in := newInstance(a, want)
	a.instances[want.Desired.ID] = in
	in.state = workload.StateStarting
	if want.removed() {
		in.state = workload.StateStopping
	}
	if s, err := a.cfg.loadStarted(want.Desired.ID); err == nil {
		in.restarts = s.Restarts
		if p, err := proc.Adopt(s.Record); err == nil {
			in.child, in.state = &child{process: p, runs: s.Runs, startedAt: s.StartedAt}, workload.StateRunning
			a.cfg.Log.Info("instance adopted", "instance", want.Desired.ID, "pid", p.PID())
		}
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
