package provisioner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// How runs on cells are worked.
const (
	runsEvery    = time.Second
	runLease     = 30 * time.Second
	runWithin    = 15 * time.Minute
	runsAtATime  = 4
	plansKeptFor = time.Hour // as long as they can be applied
)

// Builder carries out runs on cells: it plans, applies and destroys them with terraform. What goes wrong with one cell
// is said of that run, and touches no other.
type Builder struct {
	Store        *tenants.Store
	Dir          string // keeps the stacks' directories and, in plans, the plans that can be applied
	StateURLFile string // holds the URL of the database of terraform's state
	Agent        string // socket of this machine's agent
	Name         string // of the worker
	Log          *slog.Logger
}

// Work carries out what is asked for until ctx ends.
func (b Builder) Work(ctx context.Context) error {
	if err := os.MkdirAll(b.plans(), 0o700); err != nil {
		return fmt.Errorf("make the folder of plans: %w", err)
	}
	var going errgroup.Group
	going.SetLimit(runsAtATime)
	guard.Every(ctx, b.Log, runsEvery, "runs on cells", func(ctx context.Context) error { return b.takeAll(ctx, &going) })
	return going.Wait()
}

func (b Builder) plans() string { return filepath.Join(b.Dir, "plans") }

func (b Builder) takeAll(ctx context.Context, going *errgroup.Group) error {
	if err := b.forgetPlans(time.Now()); err != nil {
		return err
	}
	for ctx.Err() == nil {
		run, ok, err := b.Store.TakeCellRun(ctx, b.Name, runLease)
		if err != nil || !ok {
			return err
		}
		going.Go(func() error { b.work(ctx, run); return nil })
	}
	return nil
}

// forgetPlans removes the files of plans that nobody can apply any more.
func (b Builder) forgetPlans(now time.Time) error {
	files, err := os.ReadDir(b.plans())
	if err != nil {
		return fmt.Errorf("look for plans: %w", err)
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && now.Sub(info.ModTime()) > plansKeptFor {
			if err := os.Remove(filepath.Join(b.plans(), f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("forget a plan: %w", err)
			}
		}
	}
	return nil
}

// work carries one run out and writes down what came of it, also when the worker is being stopped.
func (b Builder) work(ctx context.Context, run tenants.CellRun) {
	log := b.Log.With("run", id.Show(id.CellRun, run.ID), "cell", id.Show(id.Cell, run.Cell), "kind", run.Kind)
	held, done := b.hold(ctx, run)
	end := b.carryOut(held, run)
	done()
	if end.State == tenants.RunFailed {
		log.Error("run on a cell failed", "error", end.Message)
	} else {
		log.Info("run on a cell is over", "message", end.Message)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := b.Store.EndCellRun(closing, run, b.Name, end); err != nil {
		log.Error("the end of a run could not be written down; it will be taken for abandoned", "error", err)
	}
}

var errRunLost = errors.New("another worker, or nobody, has the run now")

// hold renews the lease until the function that it returns is called. The context ends when it can't be renewed.
func (b Builder) hold(ctx context.Context, run tenants.CellRun) (context.Context, func()) {
	limited, stop := context.WithTimeoutCause(ctx, runWithin, fmt.Errorf("it took longer than %s", runWithin))
	held, lose := context.WithCancelCause(limited)
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(runLease / 4)
		defer tick.Stop()
		for renewed := time.Now(); ; {
			select {
			case <-held.Done():
				return
			case <-tick.C:
			}
			ok, err := b.Store.RenewCellRun(held, run.ID, b.Name, runLease)
			switch {
			case err == nil && ok:
				renewed = time.Now()
			case err == nil || time.Since(renewed) > runLease*3/4:
				lose(errRunLost)
			}
		}
	}()
	return held, func() { lose(nil); stop(); <-over }
}

// carryOut says what came of it. The provider of our own resources runs in this process: its panics are the run's.
func (b Builder) carryOut(ctx context.Context, run tenants.CellRun) (end tenants.CellRunEnd) {
	site := Site{}
	fail := func(err error) tenants.CellRunEnd {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = errors.New("it was broken off, as the worker was stopped; what terraform had done until then is in its state: plan again")
		}
		return tenants.CellRunEnd{State: tenants.RunFailed, Message: site.hide(err.Error())}
	}
	defer func() {
		if caught := recover(); caught != nil {
			b.Log.Error("panic in a run on a cell", "panic", caught, "stack", string(debug.Stack()))
			end = fail(errors.New("it broke off because of a mistake in Longhouse; the worker's log says where"))
		}
	}()
	cell, err := b.Store.Cell(ctx, run.Cell)
	if err != nil {
		return fail(err)
	}
	if site, err = OpenSite(cell, b.Agent); err != nil {
		return fail(err)
	}
	stateURL, err := secretIn(b.StateURLFile)
	if err != nil {
		return fail(err)
	}
	runner, err := terraform.NewRunner(ctx, b.Dir, stateURL)
	if err != nil {
		return fail(err)
	}
	end, err = b.do(ctx, runner, site, run)
	if err != nil {
		return fail(err)
	}
	end.State = tenants.RunSucceeded
	return end
}

func (b Builder) do(ctx context.Context, runner *terraform.Runner, site Site, run tenants.CellRun) (tenants.CellRunEnd, error) {
	switch run.Kind {
	case tenants.RunPlan, tenants.RunPlanDestroy:
		return b.plan(ctx, runner, site, run)
	case tenants.RunApply:
		return b.apply(ctx, runner, site, run)
	case tenants.RunDestroy:
		return b.destroy(ctx, runner, site, run)
	default:
		drift, err := runner.Drift(ctx, site.Stack())
		if err != nil {
			return tenants.CellRunEnd{}, err
		}
		return tenants.CellRunEnd{Changes: changesOf(drift), Message: driftSentence(drift)}, nil
	}
}

func (b Builder) plan(ctx context.Context, runner *terraform.Runner, site Site, run tenants.CellRun) (tenants.CellRunEnd, error) {
	saved, err := runner.Save(ctx, site.Stack(), b.planFile(run.ID), run.Kind == tenants.RunPlanDestroy)
	if err != nil {
		return tenants.CellRunEnd{}, err
	}
	return tenants.CellRunEnd{Changes: changesOf(saved.Plan), Lineage: saved.Lineage, Serial: saved.Serial, Digest: saved.Digest, Message: planSentence(saved.Plan)}, nil
}

func (b Builder) apply(ctx context.Context, runner *terraform.Runner, site Site, run tenants.CellRun) (end tenants.CellRunEnd, err error) {
	if err := site.Prepare(ctx); err != nil {
		return end, err
	}
	if end, err = b.carryOutPlan(ctx, runner, site, *run.Plan); err != nil {
		return end, err
	}
	outputs, err := runner.Cell(ctx, site.Stack())
	if err != nil {
		return end, err
	}
	if end.Outputs, err = json.Marshal(outputs); err != nil {
		return end, fmt.Errorf("encode what terraform made: %w", err)
	}
	return end, nil
}

func (b Builder) destroy(ctx context.Context, runner *terraform.Runner, site Site, run tenants.CellRun) (end tenants.CellRunEnd, err error) {
	if end, err = b.carryOutPlan(ctx, runner, site, *run.Plan); err != nil {
		return end, err
	}
	return end, site.Objects().DeleteCredential(ctx, CellOwner)
}

// carryOutPlan uses a plan up: whatever comes of it, the next one has to be made anew.
func (b Builder) carryOutPlan(ctx context.Context, runner *terraform.Runner, site Site, plan uuid.UUID) (end tenants.CellRunEnd, err error) {
	made, err := b.Store.CellRun(ctx, plan)
	if err != nil {
		return end, err
	}
	file := b.planFile(plan)
	if _, err := os.Stat(file); err != nil {
		return end, fmt.Errorf("the file of the plan %s is not here any more: it was applied already, or is on the machine of another worker; plan again", id.Show(id.CellRun, plan))
	}
	defer func() { _ = os.Remove(file) }()
	err = runner.CarryOut(ctx, site.Stack(), file, terraform.Saved{Lineage: made.Lineage, Serial: made.Serial, Digest: made.Digest})
	if errors.Is(err, terraform.ErrStale) {
		return end, fmt.Errorf("%w; plan again", err)
	}
	return tenants.CellRunEnd{Changes: made.Changes, Message: doneSentence(made.Changes)}, err
}

func (b Builder) planFile(plan uuid.UUID) string {
	return filepath.Join(b.plans(), id.Show(id.CellRun, plan)+".tfplan")
}
