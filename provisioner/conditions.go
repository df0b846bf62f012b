package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
)

// conditionsEvery is how soon people are told how their workspace's instance is, and conditionsWithin how long one cell may take to say.
const (
	conditionsEvery  = 5 * time.Second
	conditionsWithin = 5 * time.Second
)

// noteConditions writes down how the instances of all cells are.
func (e *Engine) noteConditions(ctx context.Context) error {
	var errs []error
	for _, cell := range e.cells.all() {
		if err := e.noteConditionsOf(ctx, cell); err != nil {
			errs = append(errs, fmt.Errorf("cell %s: %w", id.Show(id.Cell, cell.ID), err))
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) noteConditionsOf(ctx context.Context, cell *Cell) error {
	ctx, cancel := context.WithTimeout(ctx, conditionsWithin)
	defer cancel()
	list, err := cell.Workloads.List(ctx)
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	seen := map[uuid.UUID]tenants.Instance{}
	for _, is := range list {
		if instance, err := id.Parse(id.Instance, is.ID); err == nil { // else it is nobody's
			seen[instance] = tenants.Instance{Condition: conditions[is.State], Restarts: is.Restarts, Ending: tenants.Ending(is.Ending), LastExit: is.LastExit}
		}
	}
	return e.store.NoteInstances(ctx, cell.ID, seen)
}

// conditions are the engine's states, in the words of the domain.
var conditions = map[workload.State]tenants.Condition{
	workload.StateStarting: tenants.InstanceStarting, workload.StateRunning: tenants.InstanceRunning,
	workload.StateBackoff: tenants.InstanceBackoff, workload.StateStopping: tenants.InstanceStopping,
}
