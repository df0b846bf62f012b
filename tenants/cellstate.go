package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// CellState says what a cell is there for now. Workspaces that live in it work in every state.
type CellState string

// The states of a cell.
const (
	// CellPlanned: it was added, and nothing of it is made yet.
	CellPlanned CellState = "planned"
	// CellReady: it takes new workspaces as far as it has room.
	CellReady CellState = "ready"
	// CellDraining: it takes no new workspaces, on its way to be given up.
	CellDraining CellState = "draining"
	// CellClosed: it takes no new workspaces for the time being.
	CellClosed CellState = "closed"
	// CellDestroyed: what made it up is gone; its row stays for those that once lived there.
	CellDestroyed CellState = "destroyed"
)

// CellStates lists all of them.
var CellStates = []CellState{CellPlanned, CellReady, CellDraining, CellClosed, CellDestroyed}

// chosenStates are those that an operator chooses.
var chosenStates = []CellState{CellReady, CellDraining, CellClosed}

// FindCell returns the cell with this name or public id.
func (s *Store) FindCell(ctx context.Context, shown string) (Cell, error) {
	if cellID, err := id.Parse(id.Cell, shown); err == nil {
		return s.Cell(ctx, cellID)
	}
	r, err := dbsql.New(s.pool).FindCell(ctx, shown)
	if err != nil {
		return Cell{}, unlessMissing(err, refuse(NotFound, "", "there is no cell %q", shown))
	}
	return cell(r), nil
}

// SetCellState opens, closes or drains a cell.
func (s *Store) SetCellState(ctx context.Context, p Principal, cellID uuid.UUID, to CellState) error {
	if !slices.Contains(chosenStates, to) {
		return refuse(Invalid, "state", "nobody can let a cell be %q; allowed are %v", to, chosenStates)
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockCell(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
		}
		if CellState(row.State) == to {
			return nil
		}
		if !slices.Contains(chosenStates, CellState(row.State)) {
			return refuse(Conflict, "", "cell %s is %s; `longhouse cells apply %s` makes it ready", row.Name, row.State, row.Name)
		}
		going, err := q.OpenDestroy(ctx, cellID)
		if err != nil {
			return fmt.Errorf("look at the runs on cell %s: %w", row.Name, err)
		}
		if going {
			return refuse(Conflict, "", "cell %s is being destroyed", row.Name)
		}
		if to == CellReady {
			half, err := q.HalfDestroyed(ctx, cellID)
			if err != nil {
				return fmt.Errorf("look at the runs on cell %s: %w", row.Name, err)
			}
			if half {
				return refuse(Conflict, "", "destroying cell %s failed, and parts of it may be gone; `longhouse cells apply %s` makes them anew", row.Name, row.Name)
			}
		}
		if err := q.SetCellState(ctx, dbsql.SetCellStateParams{ID: cellID, State: string(to), Now: s.now()}); err != nil {
			return fmt.Errorf("set the state of cell %s: %w", row.Name, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell." + string(to), Subject: id.Show(id.Cell, cellID),
			Details: map[string]string{"cell": row.Name, "was": row.State}})
	})
}
