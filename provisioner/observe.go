package provisioner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Run is an operation in the hands of a worker, as it was when it was last looked at.
type Run struct {
	engine *Engine
	lease  lease
	plan   plan
	op     tenants.Operation
	args   []byte
	steps  []stage
	cell   *Cell
	point  string // where faults are told to strike
	log    *slog.Logger
}

// observe reads what there is to know about the operation now.
func (e *Engine) observe(ctx context.Context, l lease, log *slog.Logger) (*Run, error) {
	row, err := dbsql.New(e.pool).GetOperation(ctx, dbsql.GetOperationParams{ID: l.operation, Epoch: l.epoch})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errLeaseLost
	}
	if err != nil {
		return nil, fmt.Errorf("read operation: %w", err)
	}
	r := &Run{engine: e, lease: l, args: row.Args, log: log, op: operation(row)}
	var known bool
	if r.plan, known = e.plans[r.op.Kind]; !known {
		return nil, fmt.Errorf("this version knows no operation of kind %s", r.op.Kind)
	}
	if r.cell, known = e.cells.get(row.CellID); !known {
		return nil, fmt.Errorf("this worker has no access to cell %s", id.Show(id.Cell, row.CellID))
	}
	r.steps, err = e.stagesOf(ctx, l, r.plan)
	return r, err
}

func (r *Run) facts() facts {
	f := facts{state: r.op.State}
	for _, s := range r.steps {
		f.steps = append(f.steps, s.state)
	}
	return f
}

// epitaph says of an operation that was taken back why.
func (r *Run) epitaph() string {
	if r.op.CancelledBy == tenants.System {
		return r.op.CancelReason
	}
	if r.op.CancelledBy != "" {
		return "cancelled, and everything was taken back"
	}
	return r.failed() + " could not be done, and everything was taken back"
}

// failed names the step that could not be done: the last one that was begun.
func (r *Run) failed() string {
	name := "the operation"
	for _, s := range r.steps {
		if s.state != stepWaiting {
			name = s.Name
		}
	}
	return name
}

// direction is whether the operation is being done or undone.
func (r *Run) direction() tenants.Progress {
	if r.op.State == tenants.Undoing {
		return tenants.Undoing
	}
	return tenants.Going
}

// fenced runs change in a transaction that only commits while the worker has the operation's lease.
func (r *Run) fenced(ctx context.Context, change func(q *dbsql.Queries, tx pgx.Tx) error) error {
	return r.engine.fenced(ctx, r.lease, func(tx pgx.Tx) error { return change(dbsql.New(tx), tx) })
}

// midway marks a place in a step where it is half done, for tests that cut it off there. A worker that slept here past
// its lease goes no further: what lies ahead is outside PostgreSQL, where no epoch is checked.
func (r *Run) midway(ctx context.Context) error {
	if err := fault(ctx, r, "in"); err != nil {
		return err
	}
	return r.stillHeld(ctx)
}

// stillHeld returns errLeaseLost where the operation is another worker's by now.
func (r *Run) stillHeld(ctx context.Context) error {
	held, err := dbsql.New(r.engine.pool).HoldsLease(ctx, dbsql.HoldsLeaseParams{ID: r.lease.operation, Epoch: r.lease.epoch})
	if err != nil {
		return fmt.Errorf("check the lease: %w", err)
	}
	if !held {
		return errLeaseLost
	}
	return nil
}

// shown is the operation's id as what it makes carries it.
func (r *Run) shown() string { return id.Show(id.Operation, r.op.ID) }
