package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// hibernated is a workspace in which something is due at a time; nil: nothing is.
func (b *bundle) hibernated(slug string, due *time.Time) (Principal, uuid.UUID) {
	b.t.Helper()
	done, p := b.signUp(slug)
	b.end(done.Operation, Succeeded)
	b.rest(p, done.Workspace.ID, due)
	return p, done.Workspace.ID
}

func (b *bundle) rest(p Principal, workspace uuid.UUID, due *time.Time) {
	b.t.Helper()
	op, err := b.store.Ask(b.t.Context(), p, workspace, HibernateArgs{}, "test")
	b.must(err)
	b.exec("update workspaces set wake_at = $1 where id = $2", due, workspace)
	b.end(op, Succeeded)
}

// open is the operation on a workspace that is not over.
func (b *bundle) open(workspace uuid.UUID) Operation {
	b.t.Helper()
	var op uuid.UUID
	b.one(&op, "select id from operations where workspace_id = $1 and finished_at is null", workspace)
	got, err := b.store.Operation(b.t.Context(), op)
	b.must(err)
	return got
}

func TestARequestWakesAHibernatedWorkspaceOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ws := b.hibernated("engines", nil)
	if got := b.workspace(ws); got.HibernatedAt == nil || !got.HibernatedAt.Equal(b.now()) || got.Wakes != 0 {
		t.Errorf("%+v", got)
	}
	nudges := len(b.queue.nudges)
	for range 3 { // as several edges ask
		b.must(b.store.WantAwake(t.Context(), ws))
	}
	wake := b.open(ws)
	if wake.Kind != KindWake || wake.RequestedBy != AnEdge || b.state(ws) != Waking || len(b.queue.nudges) != nudges+1 {
		t.Errorf("it is %s, by %+v", b.state(ws), wake)
	}
	if n := b.count("audit_events where action = 'workspace.wake' and actor = 'edge' and details ->> 'why' = 'somebody came for it'"); n != 1 {
		t.Errorf("%d events tell of it", n)
	}
	b.move(1500 * time.Millisecond)
	b.end(wake, Succeeded)
	b.must(b.store.WantAwake(t.Context(), ws))
	if got := b.workspace(ws); got.State != Running || got.HibernatedAt != nil || got.Wakes != 1 || got.LastWake != 1500*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if n := b.count("operations where kind = 'wake'"); n != 1 {
		t.Errorf("%d wakes", n)
	}
}

func TestWhoComesWhileAWorkspaceIsPutToRestHasItWokenAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	ws := done.Workspace.ID
	for _, end := range []Progress{Undone, Succeeded} {
		rest, err := b.store.Ask(t.Context(), p, ws, HibernateArgs{}, "test")
		b.must(err)
		b.must(b.store.WantAwake(t.Context(), ws))
		if b.state(ws) != Hibernating {
			t.Fatalf("it is %s", b.state(ws))
		}
		b.end(rest, end)
	}
	if wake := b.open(ws); b.state(ws) != Waking || wake.Kind != KindWake || wake.RequestedBy != AnEdge {
		t.Errorf("it is %s, by %+v", b.state(ws), wake)
	}
	b.end(b.open(ws), Succeeded)
	b.rest(p, ws, nil) // nobody comes now
	if b.state(ws) != Hibernated {
		t.Errorf("it is %s, as somebody came for an earlier rest", b.state(ws))
	}
}

func TestWhatRestsByAPersonsDecisionIsNotWoken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.hibernated("engines", nil)
	stop, err := b.store.Ask(t.Context(), p, ws, StopArgs{}, "test")
	b.must(err)
	b.refused(b.store.WantAwake(t.Context(), ws), Conflict, "the workspace is stopping; a request wakes it only when it is hibernated")
	b.end(stop, Succeeded)
	b.refused(b.store.WantAwake(t.Context(), ws), Conflict, "the workspace is stopped")
	if got := b.workspace(ws); got.State != Stopped || got.HibernatedAt != nil {
		t.Errorf("%+v", got)
	}
	b.refused(b.store.WantAwake(t.Context(), uuid.New()), NotFound, "no such workspace")
}

func TestAStopThatIsTakenBackLeavesAHibernatedWorkspaceHibernated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := b.now().Add(time.Hour)
	p, ws := b.hibernated("engines", &due)
	stop, err := b.store.Ask(t.Context(), p, ws, StopArgs{}, "test")
	b.must(err)
	b.end(stop, Undone)
	if got := b.workspace(ws); got.State != Hibernated || got.HibernatedAt == nil || got.WakeAt == nil || !got.WakeAt.Equal(due) {
		t.Errorf("%+v", got)
	}
}

func TestAWorkspaceIsWokenBeforeSomethingIsDueInIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := b.now().Add(time.Hour)
	p, ws := b.hibernated("engines", &due)
	b.hibernated("boilers", nil)
	wakes := func(want int) {
		t.Helper()
		if n, err := b.store.WakeDue(t.Context()); n != want || err != nil {
			t.Errorf("%d are woken, %v, want %d", n, err, want)
		}
	}
	b.move(time.Hour - wakeAhead - time.Microsecond)
	wakes(0)
	b.move(time.Microsecond)
	wakes(1)
	wakes(0)
	wake := b.open(ws)
	if wake.Kind != KindWake || wake.RequestedBy != System || wake.Reason != "something is due in it" {
		t.Errorf("%+v", wake)
	}
	b.end(wake, Undone) // it is tried again, after a pause
	wakes(0)
	b.move(wakePause - wakeAhead)
	wakes(1)
	b.end(b.open(ws), Succeeded)
	if got := b.workspace(ws); got.State != Running || got.WakeAt != nil {
		t.Errorf("%+v", got)
	}
	b.rest(p, ws, nil)
	wakes(0)
}

func TestAWorkspaceInWhichNothingElseMayBeDoneIsNotWoken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := b.now()
	p, ws := b.hibernated("engines", &due)
	_, retire, err := b.store.Delete(t.Context(), p, ws, Deletion{})
	b.must(err)
	b.end(*retire, Succeeded)
	if n, err := b.store.WakeDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	_, _, err = b.store.Undelete(t.Context(), p, ws)
	b.must(err)
	if n, err := b.store.WakeDue(t.Context()); n != 1 || err != nil {
		t.Errorf("brought back: %d %v", n, err)
	}
}

func TestAfterARestoreAHibernatedWorkspaceGetsAnotherInstance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.hibernated("engines", nil)
	for uid, state := range []string{"ready", "resting"} {
		b.exec(`insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
			select gen_random_uuid(), w.id, w.cell_id, w.release_id, 300101 + $2::integer, 1, $1, '', '', now() from workspaces w`, state, uid)
	}
	_, err := b.store.OpenWorkspace(t.Context(), p, ws)
	b.refused(err, Conflict, "wake it first: longhouse workspaces wake engines --wait")
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	if resting, removed := b.count("instances where state = 'resting'"), b.count("instances where state = 'removed' and removed_at is not null"); resting != 0 || removed != 1 {
		t.Errorf("%d rest, %d are removed", resting, removed)
	}
}
