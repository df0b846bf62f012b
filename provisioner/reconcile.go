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

// Reconcile makes the domain agree with a cell after its database was restored from a backup, before anything else is
// done in it. It destroys no data: what no row owns any more is only stopped, and stays for the operator to look at. Why it could not
// is also written down for operators.
func (e *Engine) Reconcile(ctx context.Context, cell *Cell) error {
	if _, open, err := e.store.Reconciliation(ctx, cell.ID); err != nil || !open {
		return err
	}
	if e.share == Suspects { // it dies of what it works, and has few connections
		return cell.uncompared(ctx, "a worker that does not work suspects alone compares it with the control plane's database")
	}
	session, err := e.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	defer session.Release()
	q := dbsql.New(session)
	mine, err := q.LockReconciliation(ctx, cell.ID)
	if err != nil {
		return fmt.Errorf("lock the comparison of a cell: %w", err)
	}
	if !mine {
		return cell.uncompared(ctx, "another worker compares it with the control plane's database")
	}
	defer func() { _ = q.UnlockReconciliation(context.WithoutCancel(ctx), cell.ID) }() // else it ends with the session
	before, open, err := e.store.Reconciliation(ctx, cell.ID)
	if err != nil || !open { // somebody was faster
		return err
	}
	c, err := e.compare(ctx, cell)
	if err == nil {
		c.issued, err = e.issued(ctx, c.lost)
	}
	if err == nil {
		err = c.doubt(before)
	}
	if err == nil {
		err = e.correct(ctx, cell, c)
	}
	if err != nil {
		return errors.Join(err, e.store.NoteUnreconciled(context.WithoutCancel(ctx), cell.ID, err.Error(), len(c.lost)-len(c.issued)))
	}
	return e.store.Reconciled(ctx, cell.ID, tenants.Reconciled{Lost: len(c.lost), Stopped: len(c.stray), Revived: len(c.revive)})
}

// Uncompared is why a cell that answers was not compared with the control plane's database yet, so that nobody works in it.
type Uncompared string

// Error implements error.
func (u Uncompared) Error() string { return string(u) }

// uncompared returns that reason, or that the cell's database does not even answer.
func (c *Cell) uncompared(ctx context.Context, why Uncompared) error {
	if err := c.reachDatabase(ctx); err != nil {
		return err
	}
	return why
}

// compare looks and decides, and changes nothing.
func (e *Engine) compare(ctx context.Context, cell *Cell) (c corrections, err error) {
	q := dbsql.New(e.pool)
	storages, err := q.ListStorages(ctx, cell.ID)
	if err != nil {
		return c, fmt.Errorf("list storages: %w", err)
	}
	instances, err := q.ListOpenInstances(ctx, cell.ID)
	if err != nil {
		return c, fmt.Errorf("list instances: %w", err)
	}
	databases, _, err := owned(ctx, cell.Databases)
	if err != nil {
		return c, err
	}
	running, err := cell.Workloads.List(ctx)
	if err != nil {
		return c, fmt.Errorf("list instances: %w", err)
	}
	others, err := othersInstances(ctx, q, cell)
	if err != nil {
		return c, err
	}
	running = slices.DeleteFunc(running, func(is workload.Observed) bool { return slices.Contains(others, is.ID) })
	return correctionsOf(storages, instances, databases, running), nil
}

// corrections are what has to be done about the differences between the rows and a cell.
type corrections struct {
	lived  int                  // workspaces that should have a database here
	lost   []uuid.UUID          // workspaces whose database is gone
	issued map[uuid.UUID]string // those of them that are certified to be deleted
	stray  []workload.Observed  // instances that no row owns
	ahead  []workload.Observed  // instances that are of a later generation than their rows
	revive []uuid.UUID          // workspaces whose instance is gone and whose database is there
}

// correctionsOf decides.
func correctionsOf(storages []dbsql.Storage, instances []dbsql.Instance, databases []string, running []workload.Observed) (c corrections) {
	for _, s := range storages {
		if s.WorkspaceID == nil || s.State != storageTaken {
			continue
		}
		if c.lived++; !slices.Contains(databases, s.DatabaseName) {
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

// fewLost is how many workspaces may be gone without anybody, or a certificate, saying that they are.
const fewLost = 3

// doubt is the reason to close no workspace yet: so many of them are not there, that it is rather the cell's databases that are not
// back. Closed, they could be brought back by hand only.
func (c corrections) doubt(r tenants.Reconciliation) error {
	lived, lost := c.lived-len(c.issued), len(c.lost)-len(c.issued)
	if lost <= r.Accepted || lost <= fewLost && lost < lived {
		return nil
	}
	return Uncompared(fmt.Sprintf("of the %d workspaces that live in it, %d have no database there: bring the cell's databases back, and everything goes on by itself; "+
		"if these workspaces are gone for good, `longhouse cells accept-loss %s` closes them", lived, lost, r.CellName))
}

// correct does it. Strays go first, as a workspace that is revived may be what one of them runs on.
func (e *Engine) correct(ctx context.Context, cell *Cell, c corrections) error {
	for _, is := range c.stray {
		e.log.Warn("stopping an instance that the control plane's database doesn't know", "instance", is.ID)
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
	if err := e.closeLost(ctx, c); err != nil {
		return err
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
