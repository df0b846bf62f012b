package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Cell is one unit of shared infrastructure in a region.
type Cell struct {
	ID        uuid.UUID
	Region    string
	Name      string
	Kind      string
	State     CellState
	Outputs   json.RawMessage // what terraform made, in the form of the cell's typed contract
	Config    json.RawMessage // a CellConfig
	CreatedAt time.Time
	UpdatedAt time.Time

	applyBegun bool // since it was added
}

// RegisterCell writes down a cell that terraform has made, or what has changed in it. Instances get user ids from
// firstUID up.
func (s *Store) RegisterCell(ctx context.Context, c Cell, firstUID int) (Cell, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.EnsureRegion(ctx, dbsql.EnsureRegionParams{ID: c.Region, Name: c.Region, CreatedAt: s.now()}); err != nil {
			return fmt.Errorf("add region %s: %w", c.Region, err)
		}
		if c.Config == nil {
			c.Config = json.RawMessage(`{}`)
		}
		row, err := q.RegisterCell(ctx, dbsql.RegisterCellParams{ID: s.newID(), RegionID: c.Region, Name: c.Name, Kind: c.Kind,
			Outputs: c.Outputs, Config: c.Config, NextUid: int32(firstUID), CreatedAt: s.now()})
		if err != nil {
			return fmt.Errorf("register cell %s: %w", c.Name, err)
		}
		c = cell(row)
		return s.record(ctx, tx, Event{Actor: System, Action: "cell.register", Subject: id.Show(id.Cell, c.ID)})
	})
	return c, err
}

// Cells lists all cells.
func (s *Store) Cells(ctx context.Context) ([]Cell, error) {
	rows, err := dbsql.New(s.pool).ListCells(ctx)
	if err != nil {
		return nil, fmt.Errorf("list cells: %w", err)
	}
	cells := make([]Cell, 0, len(rows))
	for _, r := range rows {
		cells = append(cells, cell(r))
	}
	return cells, nil
}

// Cell returns one cell.
func (s *Store) Cell(ctx context.Context, cellID uuid.UUID) (Cell, error) {
	r, err := dbsql.New(s.pool).GetCell(ctx, cellID)
	if err != nil {
		return Cell{}, unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
	}
	return cell(r), nil
}

// place chooses where a new workspace lives and what it runs: a cell of the region with room, and the newest stable release.
func (s *Store) place(ctx context.Context, tx pgx.Tx, n NewWorkspace) (Cell, uuid.UUID, error) {
	q := dbsql.New(tx)
	// Whoever places at the same time waits here, so that one of them gets the last place.
	if err := q.LockCells(ctx, optionalText(n.Region)); err != nil {
		return Cell{}, uuid.Nil, fmt.Errorf("lock the cells: %w", err)
	}
	loads, err := s.loads(ctx, tx)
	if err != nil {
		return Cell{}, uuid.Nil, err
	}
	if n.cell != uuid.Nil {
		loads = slices.DeleteFunc(loads, func(l Load) bool { return l.Cell.ID != n.cell })
	}
	chosen, err := choose(loads, n.Region)
	if err != nil {
		return Cell{}, uuid.Nil, err
	}
	release, err := q.NewestRelease(ctx)
	if err != nil {
		return Cell{}, uuid.Nil, unlessMissing(err, refuse(Exhausted, "", "no release is available yet; try again later"))
	}
	return chosen.Cell, release.ID, nil
}

func cell(r dbsql.Cell) Cell {
	return Cell{ID: r.ID, Region: r.RegionID, Name: r.Name, Kind: r.Kind, State: CellState(r.State), Outputs: r.Outputs, Config: r.Config, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, applyBegun: r.ApplyBegun}
}

func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
