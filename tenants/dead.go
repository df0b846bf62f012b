package tenants

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// Dead reports whether the operation gave up by itself: it was taken back, and nobody had cancelled it.
func (o Operation) Dead() bool { return o.State == Undone && o.CancelledBy == "" }

// RecordDeath tells whose operation has given up at which step, in the transaction in which it ends.
func (s *Store) RecordDeath(ctx context.Context, tx pgx.Tx, op Operation, step string) error {
	return s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "operation.dead", Subject: id.Show(id.Operation, op.ID),
		Details: map[string]string{"kind": string(op.Kind), "step": step}})
}

// TroubleOfOurs is what a customer is told of a failure, whose own words are for operators.
const TroubleOfOurs = "something failed on our side; whoever operates this installation can see what"

// Trouble is what the operation failed with last, for operators: what keeps it from going on now, or what it was given up for.
func (o Operation) Trouble() string {
	if o.Interruption != "" {
		return o.Interruption
	}
	for _, step := range o.Steps {
		if step.Name == o.Step && step.Failure != "" && !o.State.Over() {
			return step.Failure
		}
	}
	return o.Failure
}
