package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// errStopping: the machine is being stopped, nothing new is started.
var errStopping = errors.New("this machine is being stopped")

// Agent owns the instances of one data directory.
type Agent struct {
	cfg      Config
	now      func() time.Time
	ctx      context.Context // of the loops: its end leaves the processes alone
	loops    sync.WaitGroup
	binaries binaries
	cgroups  cgroups
	borders  Borders
	shares   *shares
	figures  *figures

	forking sync.Mutex // held from setting what a child inherits of ours until it runs

	unreadable map[string]error // by id: what resume couldn't make sense of

	mu        sync.Mutex
	instances map[string]*instance
	stopping  bool
}

// RunAgent adopts or starts every instance of the data directory, then serves the agent's socket until ctx ends.
// It leaves the instances running. Only one agent runs on a directory at a time.
func RunAgent(ctx context.Context, cfg Config) error { return runAgent(ctx, cfg, findCgroups()) }

func runAgent(ctx context.Context, cfg Config, groups cgroups) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	if err := cfg.prepare(); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	lock, err := cfg.lock()
	if err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	defer lock.Close()
	if err := limitChildren(); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	a := &Agent{
		cfg: cfg, now: time.Now, ctx: ctx,
		binaries:   binaries{seen: map[identity]string{}},
		cgroups:    groups,
		shares:     newShares(time.Now),
		unreadable: map[string]error{},
		instances:  map[string]*instance{},
	}
	a.figures = newFigures(a)
	if err := a.look(); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	defer a.loops.Wait()
	if err := a.resume(); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	a.loops.Go(func() { a.forgetHourly(ctx) })
	a.loops.Go(func() { a.guard(ctx) })
	a.loops.Go(func() { a.keepWriteBack(ctx) })
	if err := a.serve(ctx); err != nil {
		return fmt.Errorf("workload agent: %w", err)
	}
	return nil
}

// look finds out which borders hold here, and says so.
func (a *Agent) look() error {
	a.borders = findBorders(a.cgroups, a.cfg.RequireBorders)
	if missing := a.cgroups.missing(); len(missing) > 0 {
		a.cfg.Log.Warn("limits aren't enforced by a cgroup", "controllers", missing)
	}
	for _, m := range a.borders.Missing {
		a.cfg.Log.Warn("a border is missing on this machine", "border", m.Border, "instead", m.Instead)
	}
	a.cfg.Log.Info("borders between instances", "kernel", a.borders.Kernel.String(), "cgroups", a.borders.Cgroups, "users", a.borders.Users, "missing", len(a.borders.Missing))
	return a.borders.check()
}

func (a *Agent) apply(d workload.Desired) error {
	if err := a.cfg.admit(d); err != nil {
		return err
	}
	if err := a.borders.admit(d); err != nil {
		return err
	}
	if err := a.binaries.verify(d.Binary, d.SHA256); err != nil {
		return err
	}
	in, err := a.instance(d.ID)
	if err != nil {
		return err
	}
	return in.apply(d)
}

func (a *Agent) remove(ctx context.Context, id string, generation int64) error {
	if err := workload.ValidID(id); err != nil {
		return err
	}
	if generation < 1 {
		return fmt.Errorf("%w: generation %d: must be 1 or more", workload.ErrInvalid, generation)
	}
	in, err := a.instance(id)
	if err != nil {
		return err
	}
	return in.remove(ctx, generation)
}

// instance gives the one with the id, or makes one that nothing was wished of yet.
func (a *Agent) instance(id string) (*instance, error) {
	if err := a.unreadable[id]; err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if in, ok := a.instances[id]; ok {
		return in, nil
	}
	if a.stopping {
		return nil, errStopping
	}
	name, err := socketDirName(id, a.socketDirTaken)
	if err != nil {
		return nil, err
	}
	a.instances[id] = newInstance(a, saved{Desired: workload.Desired{ID: id}, SocketDir: name})
	return a.instances[id], nil
}

func (a *Agent) socketDirTaken(name string) bool {
	for _, in := range a.instances {
		if in.socketDir == name {
			return true
		}
	}
	return exists(a.cfg.socketDir(name))
}

func (a *Agent) observe(ctx context.Context, id string) (workload.Observed, error) {
	if err := workload.ValidID(id); err != nil {
		return workload.Observed{}, err
	}
	if err := a.unreadable[id]; err != nil {
		return workload.Observed{}, err
	}
	a.mu.Lock()
	in, ok := a.instances[id]
	a.mu.Unlock()
	if !ok {
		return workload.Observed{ID: id, State: workload.StateAbsent}, nil
	}
	o := in.observe()
	o.Ready = o.State == workload.StateRunning && answers(ctx, o.Socket)
	return o, nil
}

func (a *Agent) all() []*instance {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.instances))
}

// list is in the order of the ids and leaves out what is absent. No instance is asked whether it is ready.
func (a *Agent) list() []workload.Observed {
	list := []workload.Observed{}
	for _, in := range a.all() {
		if o := in.observe(); o.State != workload.StateAbsent {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b workload.Observed) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// stopAll stops every process at once and keeps every wish; nothing is started until the agent's next start.
func (a *Agent) stopAll(ctx context.Context) error {
	a.mu.Lock()
	a.stopping = true
	var halts sync.WaitGroup
	errs := make(chan error, len(a.instances))
	for _, in := range a.instances {
		halts.Go(func() { errs <- in.halt(ctx) })
	}
	a.mu.Unlock()
	halts.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}
