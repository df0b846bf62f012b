package tenants

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// NewCell is a wish for a further cell.
type NewCell struct {
	Name   string
	Region string
	Kind   string // "local": the only one that can be added so far
	Config CellConfig
	Limits map[Dimension]*int64 // declared from the beginning; may be nil
}

// uidsPerCell keeps the user ids of instances apart where cells share a machine.
const uidsPerCell = 10_000_000

// knowsFurtherCells is the version of the schema whose code tells cells apart. Code of before takes each for that of its own
// machine, and makes there what belongs to another.
const knowsFurtherCells = 16

// AddCell writes a cell down. It takes nobody until it was planned and applied. The name of a destroyed one is free again.
func (s *Store) AddCell(ctx context.Context, p Principal, n NewCell) (c Cell, err error) {
	switch {
	case !cellName.MatchString(n.Name):
		return c, refuse(Invalid, "name", "the name %q must be 1 to 40 lower-case letters, digits and dashes, no dash at either end", n.Name)
	case !regionName.MatchString(n.Region):
		return c, refuse(Invalid, "region", badRegion, n.Region)
	case n.Kind != "local":
		return c, refuse(Invalid, "kind", "a cell of kind %q can't be added; allowed is local", n.Kind)
	}
	if err := n.Config.Validate(); err != nil {
		return c, err
	}
	if err := checkLimits(n.Limits); err != nil {
		return c, err
	}
	config, err := json.Marshal(n.Config)
	if err != nil {
		return c, fmt.Errorf("encode the configuration of a cell: %w", err)
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.EnsureRegion(ctx, dbsql.EnsureRegionParams{ID: n.Region, Name: n.Region, CreatedAt: s.now()}); err != nil {
			return fmt.Errorf("add region %s: %w", n.Region, err)
		}
		if err := s.apart(ctx, q, n); err != nil {
			return err
		}
		if err := db.Require(ctx, tx, knowsFurtherCells); err != nil {
			return err
		}
		row, err := q.AddCell(ctx, dbsql.AddCellParams{ID: s.newID(), RegionID: n.Region, Name: n.Name, Kind: n.Kind, Config: config, UidsPerCell: uidsPerCell, CreatedAt: s.now()})
		if db.Violates(err, "cells_name_key") {
			return refuse(Conflict, "name", "there is a cell %s already", n.Name)
		}
		if err != nil {
			return unlessMissing(err, refuse(Conflict, "name", "there is a cell %s already", n.Name))
		}
		c = cell(row)
		for _, d := range Dimensions { // all: one that was destroyed had limits of its own
			if err := q.DeclareCapacity(ctx, dbsql.DeclareCapacityParams{CellID: c.ID, Dimension: string(d), Declared: n.Limits[d]}); err != nil {
				return fmt.Errorf("declare %s of cell %s: %w", d, c.Name, err)
			}
		}
		if err := q.ForgetContact(ctx, c.ID); err != nil {
			return fmt.Errorf("forget who has reached the cell %s of before: %w", c.Name, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.add", Subject: id.Show(id.Cell, c.ID), Details: map[string]string{"cell": c.Name, "region": c.Region}})
	})
	return c, err
}

// apart refuses a cell that would share a part with another: one could not be destroyed without the other, and what is
// in it would be an orphan to the other. It holds all cells, so that two can't be added at once.
func (s *Store) apart(ctx context.Context, q *dbsql.Queries, n NewCell) error {
	if err := q.LockCells(ctx, nil); err != nil {
		return fmt.Errorf("lock the cells: %w", err)
	}
	others, err := q.ListCells(ctx)
	if err != nil {
		return fmt.Errorf("list cells: %w", err)
	}
	for _, o := range others {
		if CellState(o.State) == CellDestroyed {
			continue
		}
		config, err := cell(o).Configuration()
		if err != nil {
			return err
		}
		if what := n.Config.shares(config); what != "" && o.Name != n.Name {
			return refuse(Conflict, "config", "the %s is that of cell %s already; each cell needs its own", what, o.Name)
		}
	}
	return nil
}

// Configuration decodes what the cell was added with.
func (c Cell) Configuration() (config CellConfig, err error) {
	if err := json.Unmarshal(c.Config, &config); err != nil {
		return config, fmt.Errorf("decode the configuration of cell %s: %w", c.Name, err)
	}
	return config, nil
}

// CellResidents are what lives in a cell, by kind, as far as it keeps the cell from being destroyed.
type CellResidents struct {
	Workspaces, Storages, Operations int64
	KeptAside                        int64 // of the storages: after a restore, for an operator to look at
}

// Any reports whether somebody lives there.
func (r CellResidents) Any() bool { return r.Workspaces+r.Storages+r.Operations > 0 }

// CellResidents counts them.
func (s *Store) CellResidents(ctx context.Context, cellID uuid.UUID) (CellResidents, error) {
	return residents(ctx, dbsql.New(s.pool), cellID)
}

func residents(ctx context.Context, q *dbsql.Queries, cellID uuid.UUID) (CellResidents, error) {
	r, err := q.CellResidents(ctx, cellID)
	if err != nil {
		return CellResidents{}, fmt.Errorf("look who lives in the cell: %w", err)
	}
	return CellResidents{Workspaces: r.Workspaces, Storages: r.Storages, Operations: r.Operations, KeptAside: r.KeptAside}, nil
}
