package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// CellRunKind is what terraform is asked to do about a cell.
type CellRunKind string

// The kinds of run.
const (
	// RunPlan: say what would be made, changed and removed.
	RunPlan CellRunKind = "plan"
	// RunPlanDestroy: say what would be removed if the cell was destroyed.
	RunPlanDestroy CellRunKind = "plan_destroy"
	// RunApply: do what a plan says.
	RunApply CellRunKind = "apply"
	// RunDestroy: do what a plan to destroy says.
	RunDestroy CellRunKind = "destroy"
	// RunDrift: say what differs from what was applied last.
	RunDrift CellRunKind = "drift"
)

// CellRunKinds lists all of them.
var CellRunKinds = []CellRunKind{RunPlan, RunPlanDestroy, RunApply, RunDestroy, RunDrift}

// CellRunState is how far a run is.
type CellRunState string

// The states of a run.
const (
	// RunQueued: no worker has begun.
	RunQueued CellRunState = "queued"
	// RunRunning: a worker is at it.
	RunRunning CellRunState = "running"
	// RunSucceeded: it went well.
	RunSucceeded CellRunState = "succeeded"
	// RunFailed: it did not; a run is never tried again by itself.
	RunFailed CellRunState = "failed"
)

// CellRunStates lists all of them.
var CellRunStates = []CellRunState{RunQueued, RunRunning, RunSucceeded, RunFailed}

// planLasts is how long a plan can be applied.
const planLasts = time.Hour

// CellRun is what terraform was asked to do about a cell, and what came of it.
type CellRun struct {
	ID          uuid.UUID
	Cell        uuid.UUID
	Kind        CellRunKind
	State       CellRunState
	Plan        *uuid.UUID // of an apply: the run that made its plan
	Message     string     // a sentence for operators
	Changes     []CellChange
	ExpiresAt   *time.Time // of a plan: until when it can be applied
	RequestedBy string
	CreatedAt   time.Time
	StartedAt   *time.Time
	FinishedAt  *time.Time

	// What a plan was made for.
	Lineage, Digest string
	Serial          int64
}

// CellChange is what becomes, or has become, of one resource of a cell.
type CellChange struct {
	Address    string          `json:"address"`
	Action     string          `json:"action"` // create, update, replace or delete
	Attributes []CellAttribute `json:"attributes,omitempty"`
}

// CellAttribute is what becomes of one attribute of a resource. Sensitive values are masked.
type CellAttribute struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// RunCell asks for a run. Of plan, that is the run whose plan shall be applied; other kinds have none.
func (s *Store) RunCell(ctx context.Context, p Principal, cellID uuid.UUID, kind CellRunKind, plan *uuid.UUID) (run CellRun, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockCell(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
		}
		if err := s.mayRun(ctx, q, cell(row), kind, plan); err != nil {
			return err
		}
		made, err := q.AddCellRun(ctx, dbsql.AddCellRunParams{ID: s.newID(), CellID: cellID, Kind: string(kind), PlanID: plan, Message: "waiting for a worker",
			RequestedBy: p.Name(), CreatedAt: s.now()})
		if db.Violates(err, "cell_runs_one_per_cell") {
			return refuse(Conflict, "", "another run on cell %s is not over yet; `longhouse cells runs %s` shows it", row.Name, row.Name)
		}
		if err != nil {
			return fmt.Errorf("write a run down: %w", err)
		}
		if run, err = cellRun(made); err != nil {
			return err
		}
		details := map[string]string{"cell": row.Name, "run": id.Show(id.CellRun, run.ID)}
		if plan != nil {
			details["plan"] = id.Show(id.CellRun, *plan)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell." + string(kind), Subject: id.Show(id.Cell, cellID), Details: details})
	})
	return run, err
}

// mayRun refuses what makes no sense for the cell as it is.
func (s *Store) mayRun(ctx context.Context, q *dbsql.Queries, c Cell, kind CellRunKind, plan *uuid.UUID) error {
	if c.State == CellDestroyed {
		return refuse(Conflict, "", "cell %s is destroyed; `longhouse cells add` makes one of that name", c.Name)
	}
	if kind == RunPlanDestroy || kind == RunDestroy {
		if err := s.mayGo(ctx, q, c); err != nil {
			return err
		}
	}
	if kind == RunDrift && c.State == CellPlanned {
		return refuse(Conflict, "", "cell %s was never applied, so that nothing can differ from it; plan and apply it first", c.Name)
	}
	if kind != RunApply && kind != RunDestroy {
		return nil
	}
	if plan == nil {
		return refuse(Invalid, "plan", "%s needs the plan that it shall do", kind)
	}
	row, err := q.GetCellRun(ctx, *plan)
	if err != nil {
		return unlessMissing(err, refuse(NotFound, "plan", "there is no such plan"))
	}
	if err := s.mayApply(c, kind, row); err != nil {
		return err
	}
	// terraform's state need not have changed: what was brought back is as it was.
	later, err := q.AppliedSince(ctx, dbsql.AppliedSinceParams{CellID: c.ID, PlanID: row.ID})
	if err != nil {
		return fmt.Errorf("look at later runs: %w", err)
	}
	if later {
		return refuse(Conflict, "plan", "the plan %s is out of date: it, or another one, was applied since; plan again", id.Show(id.CellRun, row.ID))
	}
	return nil
}

// mayApply refuses a plan that is not one, not of this cell, or too old.
func (s *Store) mayApply(c Cell, kind CellRunKind, plan dbsql.CellRun) error {
	shown := id.Show(id.CellRun, plan.ID)
	want := map[CellRunKind]CellRunKind{RunApply: RunPlan, RunDestroy: RunPlanDestroy}[kind]
	switch {
	case plan.CellID != c.ID:
		return refuse(NotFound, "plan", "there is no such plan of cell %s", c.Name)
	case CellRunKind(plan.Kind) != want:
		return refuse(Invalid, "plan", "%s is a run of kind %s; %s needs one of kind %s", shown, plan.Kind, kind, want)
	case CellRunState(plan.State) != RunSucceeded:
		return refuse(Conflict, "plan", "the plan %s is %s; only one that succeeded can be applied", shown, plan.State)
	case plan.ExpiresAt == nil || !plan.ExpiresAt.After(s.now()):
		return refuse(Conflict, "plan", "the plan %s is older than %s and can't be applied any more; plan again", shown, planLasts)
	}
	return nil
}

// mayGo refuses to give up a cell that somebody lives in, or that the installation needs.
func (s *Store) mayGo(ctx context.Context, q *dbsql.Queries, c Cell) error {
	oldest, err := q.OldestCell(ctx)
	if err != nil {
		return fmt.Errorf("look for the oldest cell: %w", err)
	}
	if oldest == c.ID {
		return refuse(Conflict, "", "cell %s keeps the archive of the audit trail, as the first cell does; it can't be destroyed", c.Name)
	}
	if c.State != CellDraining && c.State != CellPlanned {
		return refuse(Conflict, "", "cell %s is %s; `longhouse cells drain %s` first, so that nobody comes to live in it", c.Name, c.State, c.Name)
	}
	r, err := residents(ctx, q, c.ID)
	if err != nil || !r.Any() {
		return err
	}
	some, err := q.SomeResidents(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("look who lives in the cell: %w", err)
	}
	message := fmt.Sprintf("cell %s can't be destroyed: %d workspaces, %d storages (blanks among them) and %d operations are in it", c.Name, r.Workspaces, r.Storages, r.Operations)
	if len(some) > 0 {
		message += ", as " + strings.Join(some, ", ")
	}
	if r.KeptAside > 0 {
		message += fmt.Sprintf("; %d of the storages are kept aside after a restore: `longhouse sweep` names them, and `longhouse cells discard %s NAME` removes one", r.KeptAside, c.Name)
	}
	return &Refusal{Reason: Conflict, Message: message}
}

// CellRun returns one run.
func (s *Store) CellRun(ctx context.Context, run uuid.UUID) (CellRun, error) {
	row, err := dbsql.New(s.pool).GetCellRun(ctx, run)
	if err != nil {
		return CellRun{}, unlessMissing(err, refuse(NotFound, "", "there is no such run"))
	}
	return cellRun(row)
}

// CellRuns lists the runs on a cell, newest first.
func (s *Store) CellRuns(ctx context.Context, cellID uuid.UUID, page Page) ([]CellRun, error) {
	rows, err := dbsql.New(s.pool).ListCellRuns(ctx, dbsql.ListCellRunsParams{CellID: cellID, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	list := make([]CellRun, 0, len(rows))
	for _, r := range rows {
		run, err := cellRun(r)
		if err != nil {
			return nil, err
		}
		list = append(list, run)
	}
	return list, nil
}

func cellRun(r dbsql.CellRun) (CellRun, error) {
	run := CellRun{ID: r.ID, Cell: r.CellID, Kind: CellRunKind(r.Kind), State: CellRunState(r.State), Plan: r.PlanID, Message: r.Message, ExpiresAt: r.ExpiresAt,
		RequestedBy: r.RequestedBy, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, Lineage: r.Lineage, Digest: r.Digest, Serial: r.Serial}
	if err := json.Unmarshal(r.Changes, &run.Changes); err != nil {
		return run, fmt.Errorf("decode the changes of run %s: %w", r.ID, err)
	}
	return run, nil
}

// Over reports whether nothing more will happen to the run.
func (s CellRunState) Over() bool { return slices.Contains([]CellRunState{RunSucceeded, RunFailed}, s) }
