package tenants

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func portTo(port int) CellEdit {
	return CellEdit{Config: func(c *CellConfig) { c.Database.Port = port }}
}

func (b *bundle) begun(cell Cell, kind CellRunKind, end CellRunState) CellRun {
	b.t.Helper()
	plan := b.ran(cell, RunPlan, nil)
	b.ask(cell, kind, &plan.ID)
	run, ok, err := b.store.TakeCellRun(b.t.Context(), "worker", time.Minute)
	b.must(err)
	if !ok {
		b.t.Fatal("there is nothing to take")
	}
	if end.Over() {
		b.must(b.store.EndCellRun(b.t.Context(), run, "worker", CellRunEnd{State: end, Message: "ended", Outputs: []byte(`{}`)}))
	}
	return run
}

func TestAChangedCellKeepsWhatNobodyNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.must(b.store.ChangeCell(t.Context(), anOperator, north.ID, portTo(5433)))
	c, err := b.store.Cell(t.Context(), north.ID)
	b.must(err)
	is, err := c.Configuration()
	b.must(err)
	want := aCell("north").Config
	want.Database.Port = 5433
	if is != want || c.State != CellReady || string(c.Outputs) != string(north.Outputs) {
		t.Errorf("%+v, want %+v", c, want)
	}
	events, err := b.store.Events(t.Context(), nil, EventFilter{}, Page{Limit: 1})
	b.must(err)
	if e := events[0]; e.Action != "cell.change" || !maps.Equal(e.Details, map[string]string{"cell": "north", "database.port": "5433"}) {
		t.Errorf("%+v", e)
	}
	b.must(b.store.ChangeCell(t.Context(), anOperator, north.ID, portTo(5433))) // which changes nothing
	if n := b.count("audit_events where action = 'cell.change'"); n != 1 {
		t.Errorf("%d changes are in the audit trail", n)
	}
}

func TestBadChangesOfCellsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north, south := b.applied("north"), b.addCell("south")
	change := func(c Cell, reason Reason, say string, edit CellEdit) {
		t.Helper()
		if edit.Config == nil {
			edit.Config = func(*CellConfig) {}
		}
		b.refused(b.store.ChangeCell(t.Context(), anOperator, c.ID, edit), reason, say)
	}
	bad, other := "No-Region", "other"
	change(north, Invalid, "database.port is 0", portTo(0))
	change(south, Invalid, "the region", CellEdit{Region: &bad})
	change(north, Conflict, "applied in region north, and its data stays there", CellEdit{Region: &other})
	change(south, Conflict, "the object store is that of cell north already", CellEdit{Config: func(c *CellConfig) { c.ObjectStore.Endpoint = "north:9000" }})
	change(b.cell(), Conflict, "is the first one", portTo(5433))
	b.refused(b.store.RemoveCell(t.Context(), anOperator, b.cell().ID), Conflict, "is the first one")
	b.ask(south, RunPlan, nil)
	change(south, Conflict, "a run on cell south is not over yet", portTo(5433))
	b.refused(b.store.RemoveCell(t.Context(), anOperator, south.ID), Conflict, "a run on cell south is not over yet")
	b.exec("update cells set state = 'destroyed' where name = 'north'")
	change(north, Conflict, "cell north is destroyed", portTo(5433))
}

func TestOnlyACellOfWhichNothingWasMadeIsRemoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happened func(b *bundle, north Cell)
		say      string // or nothing: it is removed
	}{
		"added":                  {func(*bundle, Cell) {}, ""},
		"planned":                {func(b *bundle, north Cell) { b.ran(north, RunPlan, nil) }, ""},
		"applied":                {func(b *bundle, north Cell) { b.begun(north, RunApply, RunSucceeded) }, "cells drain north` and `destroy`"},
		"half applied":           {func(b *bundle, north Cell) { b.begun(north, RunApply, RunFailed) }, "parts of it may be there; `longhouse cells destroy north`"},
		"of a name of before":    {func(b *bundle, north Cell) { b.begun(north, RunApply, RunSucceeded); b.again(north) }, ""},
		"half applied once more": {func(b *bundle, north Cell) { b.again(north); b.begun(north, RunApply, RunFailed) }, "parts of it may be there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			north := b.addCell("north")
			c.happened(b, north)
			err := b.store.RemoveCell(t.Context(), anOperator, north.ID)
			if c.say != "" {
				b.refused(err, Conflict, c.say)
				return
			}
			b.must(err)
			if got, err := b.store.Cell(t.Context(), north.ID); err != nil || got.State != CellDestroyed || b.count("audit_events where action = 'cell.remove'") != 1 {
				t.Errorf("%+v, %v", got, err)
			}
			b.addCell("north")
		})
	}
}

// again lets the cell have been given up, and adds it once more.
func (b *bundle) again(c Cell) {
	b.t.Helper()
	b.exec("update cells set state = 'destroyed' where id = $1", c.ID)
	b.addCell(c.Name)
}

func TestCustomersSeeTheRegionsThatTheyCanBeIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	regions := func(want ...string) {
		t.Helper()
		list, err := b.store.Regions(t.Context())
		b.must(err)
		var got []string
		for _, r := range list {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, want %s", strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	north := b.addCell("north")
	regions("local")
	b.begun(north, RunApply, RunSucceeded)
	regions("local", "north")
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellClosed))
	regions("local", "north")
	b.exec("update cells set state = 'destroyed' where name = 'north'")
	regions("local")
}
