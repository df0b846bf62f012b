package terraform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// ErrStale means that a saved plan is not carried out, as what it was made for has changed since.
var ErrStale = errors.New("the plan is out of date")

// Saved is a plan in a file, and what it was made for. Whoever carries it out gives it back as it is.
type Saved struct {
	Plan    Plan
	Lineage string // of the stack's state; empty: it had none
	Serial  int64  // of the stack's state
	Digest  string // of the stack's module and inputs
}

// Save plans to make reality as the module says, or to take everything away, and keeps the plan in a file that only the
// caller may read. Nothing changes but the file.
func (r *Runner) Save(ctx context.Context, s Stack, file string, destroy bool) (saved Saved, err error) {
	err = r.run(ctx, s, func(r run) error {
		if saved.Digest, err = r.digest(); err != nil {
			return err
		}
		if saved.Lineage, saved.Serial, err = r.state(ctx); err != nil {
			return err
		}
		_, err := r.tf.Plan(ctx, r.reattach, tfexec.Out(file), tfexec.Destroy(destroy), tfexec.LockTimeout(lockTimeout))
		if err != nil {
			return r.complain(ctx, "plan", err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			return fmt.Errorf("close the plan of stack %s: %w", s.Name, err)
		}
		shown, err := r.tf.ShowPlanFile(ctx, file, r.reattach)
		if err != nil {
			return r.complain(ctx, "plan", err)
		}
		saved.Plan = newPlan(shown.ResourceChanges)
		return nil
	})
	return saved, err
}

// CarryOut does exactly what a saved plan says, or returns ErrStale and does nothing.
func (r *Runner) CarryOut(ctx context.Context, s Stack, file string, saved Saved) error {
	return r.run(ctx, s, func(r run) error {
		if err := r.compare(ctx, saved); err != nil {
			return err
		}
		err := r.tf.Apply(ctx, tfexec.DirOrPlan(file), r.reattach, tfexec.LockTimeout(lockTimeout))
		return r.complain(ctx, "apply", err)
	})
}

// compare looks before the state is locked; terraform itself compares the state once more when it has the lock.
func (r run) compare(ctx context.Context, saved Saved) error {
	digest, err := r.digest()
	if err != nil {
		return err
	}
	if digest != saved.Digest {
		return fmt.Errorf("%w: the module or what it is given has changed since", ErrStale)
	}
	lineage, serial, err := r.state(ctx)
	if err != nil {
		return err
	}
	if lineage != saved.Lineage || serial != saved.Serial {
		return fmt.Errorf("%w: somebody has changed the stack since (its state is number %d, the plan is for %d)", ErrStale, serial, saved.Serial)
	}
	return nil
}

// state says which state the stack has; without one, the lineage is empty.
func (r run) state(ctx context.Context) (lineage string, serial int64, err error) {
	text, err := r.tf.StatePull(ctx)
	if err != nil {
		return "", 0, r.complain(ctx, "read the state of", err)
	}
	if lineage, serial, err = parseState(text); err != nil {
		return "", 0, fmt.Errorf("the state of stack %s is not what terraform writes: %w", r.stack, err)
	}
	return lineage, serial, nil
}

// parseState reads of a state what tells it from others. A stack that was never applied has none, or one without a lineage, number 0.
func parseState(text string) (lineage string, serial int64, err error) {
	if text == "" {
		return "", 0, nil
	}
	var state struct {
		Lineage string `json:"lineage"`
		Serial  int64  `json:"serial"`
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return "", 0, errors.New("it is no JSON document") // not repeated: a state has secrets
	}
	if state.Serial < 0 || state.Lineage == "" && state.Serial != 0 {
		return "", 0, errors.New("it has a number below 0, or one and no lineage")
	}
	return state.Lineage, state.Serial, nil
}

// digest is of everything that the stack's directory tells terraform.
func (r run) digest() (string, error) {
	dir := r.tf.WorkingDir()
	files, err := filepath.Glob(filepath.Join(dir, "*.tf*"))
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	sum := sha256.New()
	for _, file := range files {
		if filepath.Base(file) == planFile {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read stack %s: %w", r.stack, err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(file), len(data), data)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
