package provisioner

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// Step is one part of an operation. Do and Undo are idempotent: each reads reality first and may run any number of
// times, from any worker, also after it was cut off anywhere. What they make carries the operation's id.
type Step struct {
	Name string
	Do   func(ctx context.Context, r *Run) error
	Undo func(ctx context.Context, r *Run) error // nil: nothing to take back
}

// plan is how a kind of operation is done.
type plan struct {
	steps []Step
	// former are steps that the plan of the version before has and this one does not. Operations that began them meet this
	// version too, so that they stay here for one release.
	former []Step
	// onward: once begun it is never taken back, only tried again.
	onward bool
	// limit is how long one attempt at a step may take; 0: stepLimit, which is that of taking one back in any case.
	limit time.Duration
	// finish is the last thing that happens, in the transaction in which the operation ends.
	finish finisher
}

// StepNames lists what a kind of operation consists of, in its order.
func StepNames(kind tenants.Kind) []string {
	var names []string
	for _, step := range plans[kind].steps {
		names = append(names, step.Name)
	}
	return names
}

var plans = map[tenants.Kind]plan{
	tenants.KindPrepare:   {steps: prepareSteps, finish: finishPrepare},
	tenants.KindDiscard:   {steps: discardSteps, finish: arrive, onward: true},
	tenants.KindProvision: {steps: provisionSteps, finish: arrive},
	tenants.KindStart:     {steps: startSteps, finish: arrive},
	tenants.KindStop:      {steps: stopSteps, finish: arrive},
	tenants.KindHibernate: {steps: hibernateSteps, finish: arrive},
	tenants.KindWake:      {steps: wakeSteps, finish: arrive},
	tenants.KindRetire:    {steps: retireSteps, finish: arrive},
	tenants.KindDelete:    {steps: deleteSteps, finish: finishDelete, onward: true},
	tenants.KindBackup:    {steps: backupSteps, finish: finishPart, limit: backupLimit},
	tenants.KindExpire:    {steps: expireSteps, finish: finishPart, limit: backupLimit},
}
