package provisioner

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// discardSteps take a blank away: it holds nobody's data.
var discardSteps = []Step{
	{"database", dropDatabase, nil},
	{"buckets", dropBuckets, nil},
	{"backups", dropBackups, nil},
	{"storage", removeStorage, nil},
}

// discardBlanks asks for the end of the blanks of a cell that is being given up, so that it can become empty.
func (e *Engine) discardBlanks(ctx context.Context, tx pgx.Tx, cell uuid.UUID) error {
	q := dbsql.New(tx)
	state, err := q.CellState(ctx, cell)
	if err != nil {
		return fmt.Errorf("read the cell: %w", err)
	}
	if tenants.CellState(state) != tenants.CellDraining {
		return nil
	}
	blanks, err := q.TakeBlanksAway(ctx, cell)
	if err != nil {
		return fmt.Errorf("take blanks away: %w", err)
	}
	for _, storage := range blanks {
		if _, err := e.store.RequestDiscard(ctx, tx, cell, storage, tenants.System, "the cell is being given up"); err != nil {
			return err
		}
	}
	return nil
}
