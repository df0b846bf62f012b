package provisioner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Reconcile makes the domain agree with the cells after its database was restored from a backup, before anything else is
// done in them. It destroys no data: what no row owns any more is only stopped, and stays for the operator to look at.
func (e *Engine) Reconcile(ctx context.Context) error {
	open, err := e.store.Unreconciled(ctx)
	if err != nil || !open {
		return err
	}
	for _, cell := range e.cells.all() {
		if err := e.reconcile(ctx, cell); err != nil {
			return fmt.Errorf("compare cell %s with the restored database: %w", id.Show(id.Cell, cell.ID), err)
		}
	}
	return e.store.Reconciled(ctx)
}

func (e *Engine) reconcile(ctx context.Context, cell *Cell) error {
	q := dbsql.New(e.pool)
	storages, err := q.ListStorages(ctx, cell.ID)
	if err != nil {
		return fmt.Errorf("list storages: %w", err)
	}
	instances, err := q.ListOpenInstances(ctx, cell.ID)
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	databases, _, err := owned(ctx, cell.Databases)
	if err != nil {
		return err
	}
	running, err := cell.Workloads.List(ctx)
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	others, err := othersInstances(ctx, q, cell)
	if err != nil {
		return err
	}
	running = slices.DeleteFunc(running, func(is workload.Observed) bool { return slices.Contains(others, is.ID) })
	return e.correct(ctx, cell, correctionsOf(storages, instances, databases, running))
}

// corrections are what has to be done about the differences between the rows and a cell.
type corrections struct {
	lost   []uuid.UUID         // workspaces whose database is gone
	stray  []workload.Observed // instances that no row owns
	ahead  []workload.Observed // instances that are of a later generation than their rows
	revive []uuid.UUID         // workspaces whose instance is gone and whose database is there
}

// correctionsOf decides.
func correctionsOf(storages []dbsql.Storage, instances []dbsql.Instance, databases []string, running []workload.Observed) (c corrections) {
	for _, s := range storages {
		if s.WorkspaceID != nil && s.State == storageTaken && !slices.Contains(databases, s.DatabaseName) {
			c.lost = append(c.lost, *s.WorkspaceID)
		}
	}
	rows := map[string]dbsql.Instance{}
	for _, in := range instances {
		rows[id.Show(id.Instance, in.ID)] = in
	}
	for _, is := range running {
		switch row, known := rows[is.ID]; {
		case !known || slices.Contains(c.lost, row.WorkspaceID):
			c.stray = append(c.stray, is)
		case is.Generation > row.Epoch:
			c.ahead = append(c.ahead, is)
		}
		delete(rows, is.ID)
	}
	for _, in := range instances {
		if _, gone := rows[id.Show(id.Instance, in.ID)]; gone && !slices.Contains(c.lost, in.WorkspaceID) {
			c.revive = append(c.revive, in.WorkspaceID)
		}
	}
	return c
}

// correct does it. Strays go first, as a workspace that is revived may be what one of them runs on.
func (e *Engine) correct(ctx context.Context, cell *Cell, c corrections) error {
	for _, is := range c.stray {
		e.log.Warn("stopping an instance that the restored database doesn't know", "instance", is.ID)
		within, cancel := context.WithTimeout(ctx, removeWithin)
		err := cell.Workloads.Remove(within, is.ID, is.Generation+1)
		cancel()
		if err != nil {
			return fmt.Errorf("stop instance %s: %w", is.ID, err)
		}
	}
	for _, is := range c.ahead {
		instance, err := id.Parse(id.Instance, is.ID)
		if err != nil {
			return fmt.Errorf("instance %q: %w", is.ID, err)
		}
		if err := dbsql.New(e.pool).RaiseEpoch(ctx, dbsql.RaiseEpochParams{ID: instance, Epoch: is.Generation}); err != nil {
			return fmt.Errorf("raise the epoch of instance %s: %w", is.ID, err)
		}
	}
	for _, ws := range c.lost {
		const why = "its database is not in the cell: it was deleted after the backup that the control plane was restored from"
		e.log.Warn("workspace lost", "workspace", id.Show(id.Workspace, ws), "why", why)
		if err := e.store.Lost(ctx, ws, why); err != nil {
			return err
		}
	}
	for _, ws := range c.revive {
		e.log.Warn("starting a workspace whose instance is gone", "workspace", id.Show(id.Workspace, ws))
		err := e.store.Revive(ctx, ws)
		if refused := (*tenants.Refusal)(nil); errors.As(err, &refused) && refused.Reason == tenants.Conflict {
			continue // the operation that was under way brings it to where it leads
		}
		if err != nil {
			return err
		}
	}
	return nil
}
