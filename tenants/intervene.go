package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Cancel has an operation taken back: one that nobody has begun ends at once, one that is going on turns back at the next
// border between two steps. Cancelling twice is the same as once. An operation that is over, or is never taken back, is
// refused.
func (s *Store) Cancel(ctx context.Context, p Principal, operation uuid.UUID, reason string) (Operation, error) {
	if reason == "" {
		reason = "no reason was given"
	}
	if err := s.mayCancel(ctx, p, operation); err != nil {
		return Operation{}, err
	}
	err := s.intervene(ctx, p, operation, "operation.cancel", func(q *dbsql.Queries, row dbsql.Operation) (bool, error) {
		kind := Kind(row.Kind)
		switch {
		case Progress(row.State) == Undoing && row.CancelledBy != "", Progress(row.State) == Undone && row.CancelledBy != "":
			return false, nil
		case Progress(row.State) == Undoing:
			return false, refuse(Conflict, "", "the operation is being taken back already, as a step could not be done")
		case Progress(row.State).Over():
			return false, refuse(Conflict, "", "the operation is over: it is %s", row.State)
		case !kind.CanBeTakenBack():
			return false, refuse(Conflict, "", "an operation of kind %s can't be taken back once it was asked for", kind)
		}
		return true, q.CancelOperation(ctx, dbsql.CancelOperationParams{ID: operation, By: p.Name(), Reason: reason,
			Message: "cancelled; what was done is being taken back"})
	})
	if err != nil {
		return Operation{}, err
	}
	return s.Operation(ctx, operation)
}

// mayCancel refuses to bring a workspace back for who may only operate it. It asks before the transaction, as a kind stays.
func (s *Store) mayCancel(ctx context.Context, p Principal, operation uuid.UUID) error {
	op, err := s.Operation(ctx, operation)
	if err != nil || op.Kind != KindRetire || op.State.Over() {
		return err
	}
	return s.Authorize(ctx, p, *op.Tenant, DeleteWorkspace)
}

// Retry lets an operation that waits for its next attempt make it now. One that is going on goes on. Of one that was taken
// back it asks for the same again, and returns the new operation.
func (s *Store) Retry(ctx context.Context, p Principal, operation uuid.UUID) (Operation, error) {
	row, err := dbsql.New(s.pool).GetOperation(ctx, operation)
	if err != nil {
		return Operation{}, unlessMissing(err, refuse(NotFound, "", "there is no such operation"))
	}
	if Progress(row.State) == Undone {
		return s.again(ctx, p, row)
	}
	err = s.intervene(ctx, p, operation, "operation.retry", func(q *dbsql.Queries, row dbsql.Operation) (bool, error) {
		if Progress(row.State).Over() {
			return false, refuse(Conflict, "", "the operation is over: it is %s", row.State)
		}
		if row.LeaseUntil != nil && row.LeaseUntil.After(s.now()) {
			return false, nil
		}
		return true, q.HurryOperation(ctx, dbsql.HurryOperationParams{ID: operation, Message: "trying again, as somebody asked for it"})
	})
	if err != nil {
		return Operation{}, err
	}
	return s.Operation(ctx, operation)
}

// CanBeTakenBack reports whether operations of this kind have a way back.
func (k Kind) CanBeTakenBack() bool {
	return k == KindPrepare || k == KindBackup || passages[k].undone != ""
}

// intervene lets a person change an open operation, in one transaction with the record of it and a nudge.
func (s *Store) intervene(ctx context.Context, p Principal, operation uuid.UUID, action string, change func(*dbsql.Queries, dbsql.Operation) (bool, error)) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockOperation(ctx, operation)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such operation"))
		}
		changed, err := change(q, row)
		if err != nil {
			return err
		}
		if !changed {
			return nil
		}
		err = s.record(ctx, tx, Event{Tenant: row.TenantID, Actor: p.Name(), Action: action, Subject: id.Show(id.Operation, operation),
			Details: map[string]string{"kind": row.Kind, "was": row.State}})
		if err != nil {
			return err
		}
		if err := s.queue.Nudge(ctx, tx, TopicOperation, operation, 1); err != nil {
			return fmt.Errorf("tell the workers: %w", err)
		}
		return nil
	})
}
