package tenants

import (
	"testing"
)

func TestWhatWasTakenBackIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	stop, err := b.store.Ask(t.Context(), p, done.Workspace.ID, StopArgs{Message: "back soon"}, "to move")
	b.must(err)
	b.end(stop, Undone)
	again, err := b.store.Retry(t.Context(), p, stop.ID)
	b.must(err)
	again, err = b.store.Operation(t.Context(), again.ID)
	b.must(err)
	if again.Kind != KindStop || again.State != Queued || again.RetryOf == nil || *again.RetryOf != stop.ID || again.Reason != "to move" || b.state(done.Workspace.ID) != Stopping {
		t.Errorf("the workspace is %s, by %+v", b.state(done.Workspace.ID), again)
	}
	if n := b.count("operations where id = $1 and args ->> 'message' = 'back soon'", again.ID); n != 1 {
		t.Error("it is not asked for with the same message")
	}
	if n := b.count("audit_events where action = 'workspace.stop' and details ? 'retry_of'"); n != 1 {
		t.Errorf("%d events tell that it was asked for again", n)
	}
	_, err = b.store.Retry(t.Context(), p, stop.ID)
	b.refused(err, Conflict, "the workspace is stopping; stop is possible only when it is running")
	b.end(again, Succeeded)
	_, err = b.store.Retry(t.Context(), p, again.ID)
	b.refused(err, Conflict, "the operation is over: it is succeeded")
	start, err := b.store.Ask(t.Context(), p, done.Workspace.ID, StartArgs{}, "moved")
	b.must(err)
	b.end(start, Undone)
	again, err = b.store.Retry(t.Context(), p, start.ID)
	b.must(err)
	if again.Kind != KindStart || b.state(done.Workspace.ID) != Starting {
		t.Errorf("the workspace is %s, by %+v", b.state(done.Workspace.ID), again)
	}
}

func TestWhatIsNotTheSameWishAgainIsSaidHowToAskFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Undone)
	_, err := b.store.Retry(t.Context(), p, done.Operation.ID)
	b.refused(err, Conflict, "make it anew: longhouse workspaces create --slug engines --name 'engines' --tenant ten_")
	ws, op, err := b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: done.Tenant.ID, Name: "Engines", Slug: "engines"})
	b.must(err) // as it says
	b.end(op, Succeeded)
	_, retire, err := b.store.Delete(t.Context(), p, ws.ID, Deletion{})
	b.must(err)
	b.end(*retire, Undone)
	_, err = b.store.Retry(t.Context(), p, retire.ID)
	b.refused(err, Conflict, "choose one anew: longhouse workspaces delete engines --at DATE")
	if got := quoted(`Ada's "crew"`); got != `'Ada'\''s "crew"'` {
		t.Errorf("a shell would read %s", got)
	}
}
