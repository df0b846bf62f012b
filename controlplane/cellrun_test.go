package controlplane

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// cellBody is a wish for a cell with parts of its own.
func cellBody(name string) string {
	return fmt.Sprintf(`{"name": %[1]q, "region": "north", "database": {"host": "/run/%[1]s", "admin_url_file": "/etc/%[1]s.url"},
		"object_store": {"endpoint": "%[1]s:9000", "admin_socket": "/run/%[1]s.sock", "secret_file": "/etc/%[1]s.secret"}}`, name)
}

func (b *bundle) addCell(op, name string) (c Cell) {
	b.t.Helper()
	b.want(http.StatusCreated, post, "/cells", op, cellBody(name)).into(b.t, &c)
	return c
}

// ran asks for a run, and plays the worker that says this came of it.
func (b *bundle) ran(op, path string, body any, end tenants.CellRunEnd) (run CellRun) {
	b.t.Helper()
	b.want(http.StatusAccepted, post, path, op, body).into(b.t, &run)
	taken, ok, err := b.store.TakeCellRun(b.t.Context(), "worker", time.Minute)
	b.must(err)
	if !ok || id.Show(id.CellRun, taken.ID) != run.ID {
		b.t.Fatalf("took %+v, want %s", taken, run.ID)
	}
	b.must(b.store.EndCellRun(b.t.Context(), taken, "worker", end))
	b.want(http.StatusOK, get, "/cells/"+run.Cell+"/runs/"+run.ID, op, nil).into(b.t, &run)
	return run
}

// planned is what came of a plan.
var planned = tenants.CellRunEnd{State: tenants.RunSucceeded, Message: "1 to create",
	Changes: []tenants.CellChange{{Address: "longhouse_bucket.backup", Action: "create", Attributes: []tenants.CellAttribute{{Name: "name", After: `"north-backup"`}}}}}

// applied is what came of an apply.
var applied = tenants.CellRunEnd{State: tenants.RunSucceeded, Message: "done", Outputs: []byte(`{"kind": "local"}`)}

func init() {
	wishes["add-cell"] = func(b *bundle) wish { return wish{"/cells", b.operator(), cellBody("north")} }
	wishes["change-cell"] = func(b *bundle) wish {
		op := b.operator()
		b.addCell(op, "north")
		return wish{"/cells/north", op, `{"region": "far-north", "database": {"port": 5433}}`}
	}
	wishes["remove-cell"] = func(b *bundle) wish {
		op := b.operator()
		b.addCell(op, "north")
		return wish{"/cells/north", op, nil}
	}
	wishes["plan-cell"] = func(b *bundle) wish { return wish{"/cells/local/plan", b.operator(), PlanCellBody{}} }
	wishes["drift-cell"] = func(b *bundle) wish { return wish{"/cells/local/drift", b.operator(), nil} }
	wishes["apply-cell"] = func(b *bundle) wish {
		op := b.operator()
		plan := b.ran(op, "/cells/local/plan", PlanCellBody{}, planned)
		return wish{"/cells/local/apply", op, ApplyCellBody{Plan: plan.ID}}
	}
	wishes["destroy-cell"] = func(b *bundle) wish {
		op := b.operator()
		b.addCell(op, "north")
		plan := b.ran(op, "/cells/north/plan", PlanCellBody{Destroy: true}, planned)
		return wish{"/cells/north/destroy", op, DestroyCellBody{Plan: plan.ID, Confirm: "north"}}
	}
}

func TestACellIsAddedPlannedAppliedAndDestroyed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	if c := b.addCell(op, "north"); c.State != "planned" || c.Takes {
		t.Errorf("%+v", c)
	}
	b.want(http.StatusConflict, post, "/cells/north/drift", op, nil)
	plan := b.ran(op, "/cells/north/plan", PlanCellBody{}, planned)
	if plan.State != "succeeded" || plan.Kind != "plan" || plan.ExpiresAt == nil || len(plan.Changes) != 1 || plan.Changes[0].Attributes[0].After != `"north-backup"` {
		t.Errorf("%+v", plan)
	}
	b.ran(op, "/cells/north/apply", ApplyCellBody{Plan: plan.ID}, applied)
	var c Cell
	b.want(http.StatusOK, get, "/cells/north", op, nil).into(t, &c)
	if c.State != "ready" || !c.Takes {
		t.Errorf("%+v", c)
	}
	b.want(http.StatusOK, post, "/cells/north/drain", op, nil)
	end := b.ran(op, "/cells/north/plan", PlanCellBody{Destroy: true}, planned)
	if a := b.want(http.StatusUnprocessableEntity, post, "/cells/north/destroy", op, DestroyCellBody{Plan: end.ID, Confirm: "south"}); !strings.Contains(string(a.body), "give its name as confirm: north") {
		t.Errorf("%s", a.body)
	}
	b.ran(op, "/cells/north/destroy", DestroyCellBody{Plan: end.ID, Confirm: "north"}, applied)
	var list List[Cell]
	b.want(http.StatusOK, get, "/cells", op, nil).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].Name != "local" {
		t.Errorf("%+v", list)
	}
	var runs List[CellRun]
	b.want(http.StatusOK, get, "/cells/north/runs", op, nil).into(t, &runs)
	if len(runs.Items) != 4 || runs.Items[0].Kind != "destroy" || runs.Items[0].Plan != end.ID {
		t.Errorf("%+v", runs)
	}
	b.want(http.StatusConflict, post, "/cells/north/plan", op, PlanCellBody{})
	b.addCell(op, "north") // its name is free again
}

func TestAMistypedCellIsCorrectedOrRemovedAndItsRegionIsNobodys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	public := func(when string, want ...string) {
		t.Helper()
		var list List[Region]
		b.want(http.StatusOK, get, "/regions", "", nil).into(t, &list)
		var got []string
		for _, r := range list.Items {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the regions are %v, want %v", when, got, want)
		}
	}
	b.want(http.StatusCreated, post, "/cells", op, strings.Replace(cellBody("north"), `"region": "north"`, `"region": "nroth"`, 1))
	public("planned", "local")
	var c Cell
	b.want(http.StatusOK, put, "/cells/north", op, `{"region": "north", "object_store": {"endpoint": "north:9001"}}`).into(t, &c)
	if c.Region != "north" || c.State != "planned" {
		t.Errorf("%+v", c)
	}
	plan := b.ran(op, "/cells/north/plan", PlanCellBody{}, planned)
	b.ran(op, "/cells/north/apply", ApplyCellBody{Plan: plan.ID}, applied)
	public("applied", "local", "north")
	if a := b.want(http.StatusConflict, remove, "/cells/north", op, nil); !strings.Contains(string(a.body), "cells drain north") {
		t.Errorf("%s", a.body)
	}
	if a := b.want(http.StatusConflict, put, "/cells/north", op, `{"region": "south"}`); !strings.Contains(string(a.body), "its data stays there") {
		t.Errorf("%s", a.body)
	}
	b.addCell(op, "south")
	b.want(http.StatusNoContent, remove, "/cells/south", op, nil)
	b.addCell(op, "south") // its name and its parts are free again
	b.want(http.StatusNotFound, put, "/cells/nowhere", op, `{}`)
	b.want(http.StatusNotFound, remove, "/cells/nowhere", op, nil)
}

func TestBadCellsAndRunsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	b.addCell(op, "north")
	plan := b.ran(op, "/cells/north/plan", PlanCellBody{}, planned)
	good := cellBody("south")
	for _, c := range []struct {
		status     int
		path, body string
		say        string
	}{
		{422, "/cells", strings.Replace(good, `"name": "south"`, `"name": "So uth"`, 1), "lower-case letters"},
		{422, "/cells", strings.Replace(good, `"region": "north"`, `"region": "-"`, 1), "the region"},
		{422, "/cells", strings.Replace(good, `/etc/south.url`, `south.url`, 1), "database.admin_url_file is"},
		{422, "/cells", strings.Replace(good, `south:9000`, `south`, 1), "of the form host:port"},
		{422, "/cells", strings.Replace(good, `"host": "/run/south"`, `"host": "/run/south", "port": 70000`, 1), "database.port is 70000"},
		{409, "/cells", strings.Replace(good, `"south:9000"`, `"north:9000"`, 1), "the object store is that of cell north already"},
		{409, "/cells", strings.Replace(good, `"/run/south"`, `"/run/north"`, 1), "the database server is that of cell north already"},
		{409, "/cells", cellBody("north"), "there is a cell north already"},
		{409, "/cells/local/plan", `{"destroy": true}`, "it can't be destroyed"},
		{404, "/cells/nowhere/plan", `{}`, "there is no cell"},
		{422, "/cells/north/apply", `{"plan": "x"}`, "not an identifier"},
		{404, "/cells/north/apply", `{"plan": "` + id.Show(id.CellRun, uuid.Nil) + `"}`, "no such plan"},
		{404, "/cells/local/apply", `{"plan": "` + plan.ID + `"}`, "no such plan of cell local"},
		{422, "/cells/north/destroy", `{"plan": "` + plan.ID + `", "confirm": "north"}`, "destroy needs one of kind plan_destroy"},
	} {
		if a := b.want(c.status, post, c.path, op, c.body); !strings.Contains(string(a.body), c.say) {
			t.Errorf("%s %s: %s, want ...%s...", c.path, c.body, a.body, c.say)
		}
	}
	b.want(http.StatusNotFound, get, "/cells/local/runs/"+plan.ID, op, nil)
}
