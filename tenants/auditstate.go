package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// AuditState is how far the audit trail's keeping has come.
type AuditState struct {
	Unsealed   int64
	Unarchived int64      // checkpoints, and notes of restores
	LastAt     *time.Time // of the last checkpoint, as it was signed
}

// AuditState returns it as of now.
func (s *Store) AuditState(ctx context.Context) (AuditState, error) {
	q := dbsql.New(s.pool)
	var a AuditState
	var err error
	if a.Unsealed, err = q.CountUnsealed(ctx); err != nil {
		return a, fmt.Errorf("count events that are not sealed: %w", err)
	}
	if a.Unarchived, err = q.CountUnarchived(ctx); err != nil {
		return a, fmt.Errorf("count what is not archived: %w", err)
	}
	last, err := q.LastCheckpoint(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("read the last checkpoint: %w", err)
	}
	var said struct{ At time.Time }
	if json.Unmarshal(last.Document, &said) == nil { // else it was never made
		a.LastAt = &said.At
	}
	return a, nil
}
