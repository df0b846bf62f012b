package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// When an operation is taken for stuck. It is tried all the same: nothing is given up.
const (
	stuckAttempts = 10               // at one step, in one direction
	stuckAfter    = 15 * time.Minute // since it was asked for
	// stuckAsideAfter is that of an operation on a part of a workspace, as a backup is: one attempt at it may take six hours, and it stands in
	// line before with those of a whole night.
	stuckAsideAfter = 12 * time.Hour
)

// MarkStuck notes operations that have not got on for too long, each once, and returns them.
func (s *Store) MarkStuck(ctx context.Context) (list []Operation, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := dbsql.New(tx).MarkStuck(ctx, dbsql.MarkStuckParams{Attempts: stuckAttempts, Before: s.now().Add(-stuckAfter), PartBefore: s.now().Add(-stuckAsideAfter)})
		if err != nil {
			return fmt.Errorf("look for operations that are stuck: %w", err)
		}
		for _, row := range rows {
			op := operation(row)
			err := s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "operation.stuck", Subject: id.Show(id.Operation, op.ID),
				Details: map[string]string{"kind": string(op.Kind), "step": op.Step}})
			if err != nil {
				return err
			}
			list = append(list, op)
		}
		return nil
	})
	return list, err
}
