package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// abandoned is said of a run whose worker ended.
const abandoned = "the worker that was at it ended before it was over; what terraform had done until then is in its state: plan again"

// TakeCellRun gives a worker the oldest run that nobody has begun, for as long as the lease is renewed. What a worker
// that ended had begun has failed: nobody knows how far it came, but terraform does when it is asked again.
func (s *Store) TakeCellRun(ctx context.Context, worker string, lease time.Duration) (run CellRun, ok bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		lost, err := q.FailAbandonedRuns(ctx, abandoned)
		if err != nil {
			return fmt.Errorf("look for abandoned runs: %w", err)
		}
		for _, l := range lost {
			if err := s.tellRun(ctx, tx, l, RunFailed); err != nil {
				return err
			}
		}
		row, err := q.TakeCellRun(ctx, dbsql.TakeCellRunParams{Owner: &worker, Seconds: lease.Seconds()})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("take a run: %w", err)
		}
		if CellRunKind(row.Kind) == RunApply {
			if err := q.BeginApply(ctx, row.CellID); err != nil {
				return fmt.Errorf("note that a cell is being applied: %w", err)
			}
		}
		ok = true
		run, err = cellRun(row)
		return err
	})
	return run, ok, err
}

// RenewCellRun keeps a run; false when another has it, or it is over.
func (s *Store) RenewCellRun(ctx context.Context, run uuid.UUID, worker string, lease time.Duration) (bool, error) {
	n, err := dbsql.New(s.pool).RenewCellRun(ctx, dbsql.RenewCellRunParams{ID: run, Owner: &worker, Seconds: lease.Seconds()})
	if err != nil {
		return false, fmt.Errorf("renew run %s: %w", run, err)
	}
	return n == 1, nil
}

// CellRunEnd is what came of a run.
type CellRunEnd struct {
	State           CellRunState
	Message         string
	Changes         []CellChange
	Lineage, Digest string // of a plan: what it was made for
	Serial          int64
	Outputs         json.RawMessage // of an apply that succeeded: what terraform made
}

// EndCellRun writes down what came of a run, and what that means for the cell: one that was applied is ready, one that
// was destroyed is gone. A worker that lost the run meanwhile changes nothing.
func (s *Store) EndCellRun(ctx context.Context, run CellRun, worker string, end CellRunEnd) error {
	changes, err := json.Marshal(append([]CellChange{}, end.Changes...))
	if err != nil {
		return fmt.Errorf("encode the changes of run %s: %w", run.ID, err)
	}
	var expires *time.Time
	if at := s.now().Add(planLasts); end.State == RunSucceeded && (run.Kind == RunPlan || run.Kind == RunPlanDestroy) {
		expires = &at
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.EndCellRun(ctx, dbsql.EndCellRunParams{ID: run.ID, Owner: &worker, State: string(end.State), Message: end.Message, Changes: changes,
			Lineage: end.Lineage, Digest: end.Digest, Serial: end.Serial, ExpiresAt: expires})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end run %s: %w", run.ID, err)
		}
		if end.State == RunSucceeded {
			if err := s.settleCell(ctx, q, run, end.Outputs); err != nil {
				return err
			}
		}
		return s.tellRun(ctx, tx, row, end.State)
	})
}

func (s *Store) settleCell(ctx context.Context, q *dbsql.Queries, run CellRun, outputs json.RawMessage) error {
	var err error
	switch run.Kind {
	case RunApply:
		err = q.CellApplied(ctx, dbsql.CellAppliedParams{ID: run.Cell, Outputs: outputs, Now: s.now()})
	case RunDestroy:
		err = q.SetCellState(ctx, dbsql.SetCellStateParams{ID: run.Cell, State: string(CellDestroyed), Now: s.now()})
	}
	if err != nil {
		return fmt.Errorf("settle the cell of run %s: %w", run.ID, err)
	}
	return nil
}

// tellRun audits the end of a run.
func (s *Store) tellRun(ctx context.Context, tx pgx.Tx, row dbsql.CellRun, end CellRunState) error {
	return s.record(ctx, tx, Event{Actor: System, Action: "cell." + row.Kind + "." + string(end), Subject: id.Show(id.Cell, row.CellID),
		Details: map[string]string{"run": id.Show(id.CellRun, row.ID), "asked_by": row.RequestedBy}})
}
