package tenants

import (
	"testing"
	"time"
)

// TestADeletionWaitsForWhatIsUnderWay: whoever asks meanwhile is told so, and nothing of the wish stays.
func TestADeletionWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	under := func(op Operation, state State) {
		t.Helper()
		for _, d := range []Deletion{{}, {Now: true, Confirm: "engines"}} {
			_, _, err := b.store.Delete(t.Context(), p, ws, d)
			b.refused(err, Conflict, "the workspace is "+string(state))
		}
		_, _, err := b.store.Undelete(t.Context(), p, ws)
		b.refused(err, Conflict, "nobody wants it deleted")
		if got := b.workspace(ws); got.State != state || got.DeleteAt != nil || b.count("deletions")+b.count("deletion_mails") != 0 || b.count("operations where finished_at is null") != 1 {
			t.Errorf("it is %s until %v, with %d wishes and %d mails", got.State, got.DeleteAt, b.count("deletions"), b.count("deletion_mails"))
		}
		b.end(op, Succeeded)
	}
	under(done.Operation, Provisioning)
	stop, err := b.store.Ask(t.Context(), p, ws, StopArgs{}, "test")
	b.must(err)
	under(stop, Stopping)
	start, err := b.store.Ask(t.Context(), p, ws, StartArgs{}, "test")
	b.must(err)
	under(start, Starting)
	_, remove, err := b.store.Delete(t.Context(), p, ws, Deletion{Now: true, Confirm: "engines"})
	b.must(err)
	_, _, err = b.store.Delete(t.Context(), p, ws, Deletion{})
	b.refused(err, Conflict, "the workspace is removing")
	b.end(*remove, Succeeded)
	_, _, err = b.store.Delete(t.Context(), p, ws, Deletion{})
	b.refused(err, Conflict, "the workspace is deleted")
}

// TestACellIsNotDestroyedWhileSomebodyInItsGraceLivesThere, and being on its way out keeps neither from being brought back, nor removed.
func TestACellIsNotDestroyedWhileSomebodyInItsGraceLivesThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.exec("update cells set state = 'closed' where name = 'local'")
	p, ws := b.retired("elm", Running, Deletion{})
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellDraining))
	destroy := func() error {
		_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunPlanDestroy, nil)
		return err
	}
	b.refused(destroy(), Conflict, "1 workspaces")
	_, op, err := b.store.Undelete(t.Context(), p, ws.ID)
	b.must(err)
	b.end(*op, Succeeded)
	if got := b.state(ws.ID); got != Running {
		t.Errorf("it is %s", got)
	}
	_, op, err = b.store.Delete(t.Context(), p, ws.ID, Deletion{})
	b.must(err)
	b.end(*op, Succeeded)
	b.move(7 * 24 * time.Hour)
	if n, err := b.store.RemoveDue(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	b.refused(destroy(), Conflict, "as elm")
	list, err := b.store.Operations(t.Context(), OperationFilter{Within: Reach{everywhere: true}, Workspace: &ws.ID}, Page{Limit: 1})
	b.must(err)
	b.end(list[0], Succeeded)
	b.must(destroy())
}

// TestAWorkspaceInItsGraceIsClosedWithItsCell: nothing is left to bring back, to remove, or to be reminded of.
func TestAWorkspaceInItsGraceIsClosedWithItsCell(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.exec("update cells set state = 'closed' where name = 'local'")
	p, resting := b.retired("elm", Running, Deletion{})
	done, q := b.signUp("fir") // is being brought back
	b.end(done.Operation, Succeeded)
	_, _, err := b.store.Delete(t.Context(), q, done.Workspace.ID, Deletion{})
	b.must(err)
	_, _, err = b.store.Undelete(t.Context(), q, done.Workspace.ID)
	b.must(err)
	_, leaving := b.retired("yew", Running, Deletion{At: b.now().Add(2 * time.Hour)}) // is being removed
	b.move(2 * time.Hour)
	if n, err := b.store.RemoveDue(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	b.must(b.store.GiveUpCell(t.Context(), anOperator, north.ID, "it burned down"))
	b.move(6 * 24 * time.Hour)
	b.remind()
	b.move(24 * time.Hour)
	if n, err := b.store.RemoveDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are removed, %v", n, err)
	}
	_, _, err = b.store.Undelete(t.Context(), p, resting.ID)
	b.refused(err, Conflict, "nothing is left to bring back")
	for _, ws := range []Workspace{resting, done.Workspace, leaving} {
		if got := b.state(ws.ID); got != Deleted {
			t.Errorf("%s is %s", ws.Slug, got)
		}
		_, err := b.store.Certificate(t.Context(), ws.ID)
		b.refused(err, Conflict, "it was lost")
	}
	if open, mails := b.count("operations where finished_at is null"), b.count("deletion_mails where tells = 'soon'"); open+mails != 0 {
		t.Errorf("%d operations go on, and %d mails remind of what is gone", open, mails)
	}
}
