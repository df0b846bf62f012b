package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// CellEdit is what shall be different about a cell.
type CellEdit struct {
	Region *string // only while the cell was never applied; nil: as it is
	Config func(*CellConfig)
}

// ChangeCell corrects how a cell is reached: a moved server, another port, another file of a secret. Workers go by it at once, whether
// the cell was applied or not; workspaces learn a new address when the cell is applied again.
func (s *Store) ChangeCell(ctx context.Context, p Principal, cellID uuid.UUID, edit CellEdit) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.LockCells(ctx, nil); err != nil { // so that no other cell comes to share a part with it meanwhile
			return fmt.Errorf("lock the cells: %w", err)
		}
		c, err := s.mendable(ctx, q, cellID)
		if err != nil {
			return err
		}
		was, err := c.Configuration()
		if err != nil {
			return err
		}
		is, region := was, c.Region
		edit.Config(&is)
		if edit.Region != nil && *edit.Region != region {
			region = *edit.Region
			if err := c.mayMove(region); err != nil {
				return err
			}
		}
		if err := is.Validate(); err != nil {
			return err
		}
		if err := s.apart(ctx, q, NewCell{Name: c.Name, Config: is}); err != nil {
			return err
		}
		details := changed(was, is)
		if region != c.Region {
			details["region"] = region
		}
		if len(details) == 0 {
			return nil
		}
		details["cell"] = c.Name
		config, err := json.Marshal(is)
		if err != nil {
			return fmt.Errorf("encode the configuration of a cell: %w", err)
		}
		if err := q.EnsureRegion(ctx, dbsql.EnsureRegionParams{ID: region, Name: region, CreatedAt: s.now()}); err != nil {
			return fmt.Errorf("add region %s: %w", region, err)
		}
		if err := q.ChangeCell(ctx, dbsql.ChangeCellParams{ID: cellID, RegionID: region, Config: config, Now: s.now()}); err != nil {
			return fmt.Errorf("change cell %s: %w", c.Name, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.change", Subject: id.Show(id.Cell, cellID), Details: details})
	})
}

// RemoveCell takes a cell back that was written down and never applied, as after a mistake. Its name is free again.
func (s *Store) RemoveCell(ctx context.Context, p Principal, cellID uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		c, err := s.mendable(ctx, q, cellID)
		if err != nil {
			return err
		}
		if c.State != CellPlanned {
			return refuse(Conflict, "", "cell %s was applied; `longhouse cells drain %s` and `destroy` take it away", c.Name, c.Name)
		}
		if c.applyBegun {
			return refuse(Conflict, "", "applying cell %s was begun, and parts of it may be there; `longhouse cells destroy %s` takes them away", c.Name, c.Name)
		}
		if err := q.SetCellState(ctx, dbsql.SetCellStateParams{ID: cellID, State: string(CellDestroyed), Now: s.now()}); err != nil {
			return fmt.Errorf("set the state of cell %s: %w", c.Name, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.remove", Subject: id.Show(id.Cell, cellID), Details: map[string]string{"cell": c.Name, "region": c.Region}})
	})
}

// mendable locks a cell that an operator has added and that nobody is at.
func (s *Store) mendable(ctx context.Context, q *dbsql.Queries, cellID uuid.UUID) (c Cell, err error) {
	row, err := q.LockCell(ctx, cellID)
	if err != nil {
		return c, unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
	}
	c = cell(row)
	if c.State == CellDestroyed {
		return c, refuse(Conflict, "", "cell %s is destroyed; `longhouse cells add` makes one of that name", c.Name)
	}
	oldest, err := q.OldestCell(ctx)
	if err != nil {
		return c, fmt.Errorf("look for the oldest cell: %w", err)
	}
	if oldest == c.ID {
		return c, refuse(Conflict, "", "cell %s is the first one, and is as `longhouse up` makes it at each start", c.Name)
	}
	running, err := q.OpenRun(ctx, c.ID)
	if err != nil {
		return c, fmt.Errorf("look at the runs on cell %s: %w", c.Name, err)
	}
	if running {
		return c, refuse(Conflict, "", "a run on cell %s is not over yet; `longhouse cells runs %s` shows it", c.Name, c.Name)
	}
	return c, nil
}

// mayMove refuses to let what may hold somebody's data be said to stand elsewhere.
func (c Cell) mayMove(region string) error {
	if !regionName.MatchString(region) {
		return refuse(Invalid, "region", badRegion, region)
	}
	if c.applyBegun || c.State != CellPlanned {
		return refuse(Conflict, "region", "cell %s was applied in region %s, and its data stays there; add a cell in region %s", c.Name, c.Region, region)
	}
	return nil
}

// changed are the settings that differ, as they are now.
func changed(was, is CellConfig) map[string]string {
	details, before := map[string]string{}, was.settings()
	for name, value := range is.settings() {
		if before[name] != value {
			details[name] = value
		}
	}
	return details
}

// settings are those of a configuration, by the names that the API gives them.
func (c CellConfig) settings() map[string]string {
	return map[string]string{"database.host": c.Database.Host, "database.port": strconv.Itoa(c.Database.Port), "database.admin_url_file": c.Database.AdminURLFile,
		"object_store.endpoint": c.ObjectStore.Endpoint, "object_store.region": c.ObjectStore.Region, "object_store.tls": strconv.FormatBool(c.ObjectStore.TLS),
		"object_store.admin_socket": c.ObjectStore.AdminSocket, "object_store.secret_file": c.ObjectStore.SecretFile, "agent": c.Agent, "disk": c.Disk}
}
