package tenants

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func aCell(name string) NewCell {
	return NewCell{Name: name, Region: "north", Kind: "local", Config: CellConfig{
		Database:    CellDatabase{Host: "/run/" + name, Port: 5432, AdminURLFile: "/etc/" + name + ".url"},
		ObjectStore: CellStore{Endpoint: name + ":9000", Region: "local", AdminSocket: "/run/" + name + ".sock", SecretFile: "/etc/" + name + ".secret"}}}
}

func (b *bundle) addCell(name string) Cell {
	b.t.Helper()
	c, err := b.store.AddCell(b.t.Context(), anOperator, aCell(name))
	b.must(err)
	return c
}

func (b *bundle) ask(cell Cell, kind CellRunKind, plan *uuid.UUID) CellRun {
	b.t.Helper()
	run, err := b.store.RunCell(b.t.Context(), anOperator, cell.ID, kind, plan)
	b.must(err)
	return run
}

// ran asks for a run and plays the worker.
func (b *bundle) ran(cell Cell, kind CellRunKind, plan *uuid.UUID) CellRun {
	b.t.Helper()
	b.ask(cell, kind, plan)
	run, ok, err := b.store.TakeCellRun(b.t.Context(), "worker", time.Minute)
	b.must(err)
	if !ok {
		b.t.Fatal("there is nothing to take")
	}
	b.must(b.store.EndCellRun(b.t.Context(), run, "worker", CellRunEnd{State: RunSucceeded, Message: "done", Lineage: "l", Serial: 7, Digest: "d", Outputs: []byte(`{"made": true}`)}))
	run, err = b.store.CellRun(b.t.Context(), run.ID)
	b.must(err)
	return run
}

func TestUserIDsOfCellsDoNotMeet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.addCell("north")
	b.addCell("south")
	if n := b.count("cells a join cells b on a.id <> b.id and abs(a.next_uid - b.next_uid) < 10000000"); n != 0 {
		t.Error("cells that may share a machine share user ids")
	}
}

func TestAPlanIsAppliedOnlyWhileItIsFresh(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.addCell("north")
	plan := b.ran(north, RunPlan, nil)
	if plan.Lineage != "l" || plan.Serial != 7 || plan.Digest != "d" || plan.ExpiresAt == nil {
		t.Errorf("%+v", plan)
	}
	b.move(planLasts)
	_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunApply, &plan.ID)
	b.refused(err, Conflict, "is older than 1h0m0s and can't be applied any more; plan again")
	plan = b.ran(north, RunPlan, nil)
	b.ran(north, RunApply, &plan.ID)
	if c, err := b.store.Cell(t.Context(), north.ID); err != nil || c.State != CellReady || string(c.Outputs) != `{"made": true}` {
		t.Errorf("%+v, %v", c, err)
	}
	for _, action := range []string{"cell.add", "cell.plan", "cell.plan.succeeded", "cell.apply", "cell.apply.succeeded"} {
		if b.count("audit_events where action = $1", action) == 0 {
			t.Errorf("%s is not audited", action)
		}
	}
	_, err = b.store.RunCell(t.Context(), anOperator, north.ID, RunApply, nil)
	b.refused(err, Invalid, "apply needs the plan")
}

func TestOneRunAtATimePerCell(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north, south := b.addCell("north"), b.addCell("south")
	b.ask(north, RunPlan, nil)
	_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunPlan, nil)
	b.refused(err, Conflict, "another run on cell north is not over yet")
	b.ask(south, RunPlan, nil)
}

// TestARunWhoseWorkerEndedHasFailed: nobody waits for it, and a worker that was only slow changes nothing any more.
func TestARunWhoseWorkerEndedHasFailed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.addCell("north")
	b.ask(north, RunPlan, nil)
	lost, ok, err := b.store.TakeCellRun(t.Context(), "dead", 0)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, ok, err := b.store.TakeCellRun(t.Context(), "worker", time.Minute); ok || err != nil {
		t.Errorf("a run that failed is taken again: %t, %v", ok, err)
	}
	if ok, err := b.store.RenewCellRun(t.Context(), lost.ID, "dead", time.Minute); ok || err != nil {
		t.Errorf("renewed: %t, %v", ok, err)
	}
	b.must(b.store.EndCellRun(t.Context(), lost, "dead", CellRunEnd{State: RunSucceeded, Message: "late"}))
	is, err := b.store.CellRun(t.Context(), lost.ID)
	b.must(err)
	if is.State != RunFailed || !strings.Contains(is.Message, "ended before it was over") || is.FinishedAt == nil {
		t.Errorf("%+v", is)
	}
	if b.count("audit_events where action = 'cell.plan.failed'") != 1 {
		t.Error("it is not audited")
	}
	b.ran(north, RunPlan, nil)
}

func TestACellThatSomebodyLivesInIsNotDestroyed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.addCell("north")
	plan := b.ran(north, RunPlan, nil)
	b.ran(north, RunApply, &plan.ID)
	destroy := func() error {
		_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunPlanDestroy, nil)
		return err
	}
	b.refused(destroy(), Conflict, "cell north is ready; `longhouse cells drain north` first")
	done, err := b.store.SignUp(t.Context(), SignUp{Email: "a@example.com", Password: password, Tenant: "a", Slug: "resident", Region: "north"})
	b.must(err)
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellDraining))
	b.refused(destroy(), Conflict, "1 workspaces, 0 storages (blanks among them) and 1 operations are in it, as resident")
	b.end(done.Operation, Undone)
	end := b.ran(north, RunPlanDestroy, nil)
	b.ask(north, RunDestroy, &end.ID)
	b.refused(b.store.SetCellState(t.Context(), anOperator, north.ID, CellReady), Conflict, "cell north is being destroyed")
	_, err = b.store.RunCell(t.Context(), anOperator, b.cell().ID, RunPlanDestroy, nil)
	b.refused(err, Conflict, "cell local keeps the archive of the audit trail")
}

// TestCanariesLiveInEachCellThatTakesWorkspaces, and go before it is given up.
func TestCanariesLiveInEachCellThatTakesWorkspaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.addCell("north")
	b.must(b.store.EnsureCanaries(t.Context()))
	in := func(c Cell) int { return b.count("workspaces where cell_id = $1 and state <> 'deleted'", c.ID) }
	if in(b.cell()) != 2 || in(north) != 0 {
		t.Errorf("%d and %d canaries, want 2 and none in a cell that is not made", in(b.cell()), in(north))
	}
	plan := b.ran(north, RunPlan, nil)
	b.ran(north, RunApply, &plan.ID)
	for range 2 {
		b.must(b.store.EnsureCanaries(t.Context()))
	}
	if in(b.cell()) != 2 || in(north) != 2 {
		t.Errorf("%d and %d canaries", in(b.cell()), in(north))
	}
	_, err := b.pool.Exec(t.Context(), "update workspaces set state = 'running'; update operations set state = 'succeeded', finished_at = now()")
	b.must(err)
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellDraining))
	for range 2 {
		b.must(b.store.EnsureCanaries(t.Context()))
	}
	if n := b.count("operations where kind = 'delete' and cell_id = $1", north.ID); n != 2 {
		t.Errorf("%d canaries are being deleted, want 2", n)
	}
}

// TestACellThatRefusesCanariesKeepsNoOtherFromHavingItsOwn: it was drained after somebody looked.
func TestACellThatRefusesCanariesKeepsNoOtherFromHavingItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.store.EnsureCanaries(t.Context())) // makes their tenant
	var loads []Load
	for _, name := range []string{"north", "south"} {
		plan := b.ran(b.addCell(name), RunPlan, nil)
		b.ran(Cell{ID: plan.Cell}, RunApply, &plan.ID)
		load, err := b.store.Load(t.Context(), plan.Cell)
		b.must(err)
		loads = append(loads, load)
	}
	b.must(b.store.SetCellState(t.Context(), anOperator, loads[0].Cell.ID, CellDraining))
	if err := b.store.ensureCanaries(t.Context(), loads); err == nil || !strings.Contains(err.Error(), "cell north") {
		t.Errorf("the round ended with %v", err)
	}
	for i, want := range []int{0, 2} {
		if n := b.count("workspaces where cell_id = $1", loads[i].Cell.ID); n != want {
			t.Errorf("%d canaries in %s, want %d", n, loads[i].Cell.Name, want)
		}
	}
}

func TestACellThatComesBackHasOnlyTheLimitsThatItIsGiven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.addCell("first") // can't be destroyed
	limit := func(n int64) map[Dimension]*int64 { return map[Dimension]*int64{PlacesDimension: &n} }
	again := aCell("north")
	again.Limits = limit(5)
	north, err := b.store.AddCell(t.Context(), anOperator, again)
	b.must(err)
	plan := b.ran(north, RunPlanDestroy, nil)
	b.ran(north, RunDestroy, &plan.ID)
	north = b.addCell("north")
	load, err := b.store.Load(t.Context(), north.ID)
	b.must(err)
	for _, a := range load.Amounts {
		if a.Declared != nil {
			t.Errorf("%s is still limited to %d", a.Dimension, *a.Declared)
		}
	}
}

func TestACellThatIsHalfDestroyedIsOpenedOnlyOnceItIsWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.addCell("first") // can't be destroyed
	north := b.addCell("north")
	plan := b.ran(north, RunPlan, nil)
	b.ran(north, RunApply, &plan.ID)
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellDraining))
	plan = b.ran(north, RunPlanDestroy, nil)
	b.ask(north, RunDestroy, &plan.ID)
	run, _, err := b.store.TakeCellRun(t.Context(), "worker", time.Minute)
	b.must(err)
	b.must(b.store.EndCellRun(t.Context(), run, "worker", CellRunEnd{State: RunFailed, Message: "a bucket is not empty"}))
	b.refused(b.store.SetCellState(t.Context(), anOperator, north.ID, CellReady), Conflict, "destroying cell north failed, and parts of it may be gone")
	plan = b.ran(north, RunPlan, nil)
	b.ran(north, RunApply, &plan.ID)
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellReady))
}
