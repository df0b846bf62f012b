package terraform

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
)

const (
	// lockTimeout is how long a run waits for another run of the same stack, by whatever process.
	lockTimeout = "60s"
	// graceToStop is how long terraform may take to write its state once a run is cancelled.
	graceToStop = 10 * time.Second
	// planFile is read and removed within one run, in the stack's directory.
	planFile = "run.tfplan"
)

// Runner plans and applies stacks. Runs of different stacks go side by side, runs of one stack one after another.
type Runner struct {
	binary   string // terraform or tofu
	dir      string
	stateURL string

	mu    sync.Mutex
	turns map[string]chan struct{} // by stack name, full while it is run
}

// NewRunner keeps stacks' directories in dir, and their state in the PostgreSQL database at stateURL, which must not
// be behind transaction pooling: locks are a session's.
func NewRunner(ctx context.Context, dir, stateURL string) (*Runner, error) {
	binary, err := findBinary(ctx)
	if err != nil {
		return nil, err
	}
	return &Runner{binary: binary, dir: dir, stateURL: stateURL, turns: map[string]chan struct{}{}}, nil
}

// Plan tells what Apply would change.
func (r *Runner) Plan(ctx context.Context, s Stack) (Plan, error) {
	var p Plan
	err := r.run(ctx, s, func(r run) (err error) {
		p, _, err = r.plan(ctx)
		return err
	})
	return p, err
}

// Apply makes reality as the module says, drift included, and returns what it changed.
func (r *Runner) Apply(ctx context.Context, s Stack) (Plan, error) {
	var p Plan
	err := r.run(ctx, s, func(r run) (err error) {
		var changes bool
		p, changes, err = r.plan(ctx)
		if err != nil || !changes {
			return err
		}
		return r.complain(ctx, "apply", r.tf.Apply(ctx, tfexec.DirOrPlan(planFile), r.reattach, tfexec.LockTimeout(lockTimeout)))
	})
	return p, err
}

// Drift tells what somebody else has changed since the last Apply.
func (r *Runner) Drift(ctx context.Context, s Stack) (Plan, error) {
	var p Plan
	err := r.run(ctx, s, func(r run) error {
		_, err := r.tf.Plan(ctx, r.reattach, tfexec.RefreshOnly(true), tfexec.Out(planFile), tfexec.LockTimeout(lockTimeout))
		if err != nil {
			return r.complain(ctx, "find drift", err)
		}
		shown, err := r.tf.ShowPlanFile(ctx, planFile, r.reattach)
		if err != nil {
			return r.complain(ctx, "find drift", err)
		}
		p = newPlan(shown.ResourceDrift)
		return nil
	})
	return p, err
}

// Cell returns what the last Apply of a cell's stack gave back.
func (r *Runner) Cell(ctx context.Context, s Stack) (CellOutputs, error) {
	var cell CellOutputs
	err := r.run(ctx, s, func(r run) error {
		outputs, err := r.tf.Output(ctx)
		if err != nil {
			return r.complain(ctx, "read outputs", err)
		}
		output, ok := outputs["cell"]
		if !ok {
			return fmt.Errorf("stack %s has no output cell: it has not been applied", s.Name)
		}
		if cell, err = DecodeCell(output.Value); err != nil {
			return fmt.Errorf("stack %s: %w", s.Name, err)
		}
		return nil
	})
	return cell, err
}

// Destroy takes away everything that the stack has made.
func (r *Runner) Destroy(ctx context.Context, s Stack) error {
	return r.run(ctx, s, func(r run) error {
		return r.complain(ctx, "destroy", r.tf.Destroy(ctx, r.reattach, tfexec.LockTimeout(lockTimeout)))
	})
}

// run is one run on one stack, with terraform initialised and the provider served.
type run struct {
	complaints
	tf       *tfexec.Terraform
	reattach *tfexec.ReattachOption
}

func (r *Runner) run(ctx context.Context, s Stack, do func(run) error) error {
	leave, err := r.enter(ctx, s.Name)
	if err != nil {
		return err
	}
	defer leave()
	dir, err := s.write(r.dir)
	if err != nil {
		return fmt.Errorf("write stack %s: %w", s.Name, err)
	}
	tf, err := r.terraform(dir)
	if err != nil {
		return fmt.Errorf("stack %s: %w", s.Name, err)
	}
	defer os.Remove(dir + "/" + planFile)
	reattach, stop, err := s.Provider.serve()
	if err != nil {
		return err
	}
	defer stop()
	this := run{complaints: newComplaints(s.Name, r.stateURL), tf: tf, reattach: reattach}
	if err := r.initialise(ctx, this); err != nil {
		return err
	}
	return do(this)
}

// terraform gets an environment that holds nothing of ours but where the state is, and no home with settings in it.
func (r *Runner) terraform(dir string) (*tfexec.Terraform, error) {
	tf, err := tfexec.NewTerraform(dir, r.binary)
	if err != nil {
		return nil, err
	}
	if err := tf.SetWaitDelay(graceToStop); err != nil {
		return nil, err
	}
	return tf, tf.SetEnv(map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": dir, "CHECKPOINT_DISABLE": "1", "PG_CONN_STR": r.stateURL,
	})
}

// enter waits for this stack's turn within this process: its directory can serve one run only.
func (r *Runner) enter(ctx context.Context, stack string) (leave func(), err error) {
	r.mu.Lock()
	turn, ok := r.turns[stack]
	if !ok {
		turn = make(chan struct{}, 1)
		r.turns[stack] = turn
	}
	r.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (r run) plan(ctx context.Context) (p Plan, changes bool, err error) {
	changes, err = r.tf.Plan(ctx, r.reattach, tfexec.Out(planFile), tfexec.LockTimeout(lockTimeout))
	if err != nil {
		return p, false, r.complain(ctx, "plan", err)
	}
	shown, err := r.tf.ShowPlanFile(ctx, planFile, r.reattach)
	if err != nil {
		return p, false, r.complain(ctx, "plan", err)
	}
	return newPlan(shown.ResourceChanges), changes, nil
}
