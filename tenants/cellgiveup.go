package tenants

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// answeredLately is how long ago a worker must have measured a cell last for it to be taken for lost.
const answeredLately = 5 * time.Minute

// GiveUpCell says that a cell is lost with everything in it, as nobody reaches it any more and nobody will. Its workspaces are closed, and
// the cell counts as destroyed. What may be left of it is nobody's: nothing is looked for, and nothing is certified.
func (s *Store) GiveUpCell(ctx context.Context, p Principal, cellID uuid.UUID, reason string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockCell(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
		}
		c := cell(row)
		if err := s.mayGiveUp(ctx, q, c); err != nil {
			return err
		}
		why := "its cell was given up"
		if reason != "" {
			why += ": " + reason
		}
		storages, err := s.emptyCell(ctx, q, c, why)
		if err != nil {
			return err
		}
		living, err := q.LivingIn(ctx, cellID)
		if err != nil {
			return fmt.Errorf("list who lives in cell %s: %w", c.Name, err)
		}
		for _, ws := range living {
			if err := s.lost(ctx, tx, p.Name(), ws, why); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.give_up", Subject: id.Show(id.Cell, cellID), Details: map[string]string{
			"cell": c.Name, "reason": reason, "workspaces": strconv.Itoa(len(living)), "storages": strconv.FormatInt(storages, 10)}})
	})
}

// mayGiveUp refuses to forget a cell that may well be there, or that the installation needs.
func (s *Store) mayGiveUp(ctx context.Context, q *dbsql.Queries, c Cell) error {
	if c.State == CellDestroyed {
		return refuse(Conflict, "", "cell %s is destroyed already", c.Name)
	}
	oldest, err := q.OldestCell(ctx)
	if err != nil {
		return fmt.Errorf("look for the oldest cell: %w", err)
	}
	if oldest == c.ID {
		return refuse(Conflict, "", "cell %s keeps the archive of the audit trail, as the first cell does; it can't be given up", c.Name)
	}
	running, err := q.OpenRun(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("look at the runs on cell %s: %w", c.Name, err)
	}
	if running {
		return refuse(Conflict, "", "a run on cell %s is not over yet; `longhouse cells runs %s` shows it", c.Name, c.Name)
	}
	answers, err := q.MeasuredSince(ctx, dbsql.MeasuredSinceParams{CellID: c.ID, Since: s.now().Add(-answeredLately)})
	if err != nil {
		return fmt.Errorf("look when cell %s answered last: %w", c.Name, err)
	}
	if answers {
		return refuse(Conflict, "", "cell %s answered within the last %d minutes; `longhouse cells drain %s` and `destroy` give up one that is there, and see that nothing is left",
			c.Name, int(answeredLately.Minutes()), c.Name)
	}
	return nil
}

// emptyCell leaves of the cell its row and its workspaces. Who works on something in it has lost it.
func (s *Store) emptyCell(ctx context.Context, q *dbsql.Queries, c Cell, why string) (storages int64, err error) {
	if err := q.BreakOffOperationsIn(ctx, dbsql.BreakOffOperationsInParams{CellID: c.ID, Now: s.now(), Message: why}); err != nil {
		return 0, fmt.Errorf("break the operations in cell %s off: %w", c.Name, err)
	}
	if storages, err = q.RemoveStoragesIn(ctx, c.ID); err != nil {
		return 0, fmt.Errorf("forget the storages of cell %s: %w", c.Name, err)
	}
	if _, err := s.endReconciliation(ctx, q, c.ID); err != nil {
		return 0, err
	}
	if err := q.SetCellState(ctx, dbsql.SetCellStateParams{ID: c.ID, State: string(CellDestroyed), Now: s.now()}); err != nil {
		return 0, fmt.Errorf("set the state of cell %s: %w", c.Name, err)
	}
	return storages, nil
}
