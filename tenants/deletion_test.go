package tenants

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// retired is a workspace that is out of service, and what it was before.
func (b *bundle) retired(slug string, was State, d Deletion) (Principal, Workspace) {
	b.t.Helper()
	done, p := b.signUp(slug)
	b.end(done.Operation, Succeeded)
	if args := map[State]Args{Stopped: StopArgs{}, Hibernated: HibernateArgs{}}[was]; args != nil {
		op, err := b.store.Ask(b.t.Context(), p, done.Workspace.ID, args, "test")
		b.must(err)
		b.end(op, Succeeded)
	}
	ws, op, err := b.store.Delete(b.t.Context(), p, done.Workspace.ID, d)
	b.must(err)
	b.end(*op, Succeeded)
	return p, ws
}

func (b *bundle) workspace(ws uuid.UUID) Workspace {
	b.t.Helper()
	got, err := b.store.Workspace(b.t.Context(), ws)
	b.must(err)
	return got
}

func TestADeletionIsDueInAWeekOrAtAChosenDate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.retired("engines", Running, Deletion{})
	if got := b.workspace(ws.ID); got.State != Deleting || !got.DeleteAt.Equal(b.now().Add(7*24*time.Hour)) {
		t.Errorf("it is %s until %v", got.State, got.DeleteAt)
	}
	later := b.now().Add(90 * 24 * time.Hour)
	_, op, err := b.store.Delete(t.Context(), p, ws.ID, Deletion{At: later})
	b.must(err)
	if got := b.workspace(ws.ID); op != nil || got.State != Deleting || !got.DeleteAt.Equal(later) {
		t.Errorf("with another date it is %s until %v, by %+v", got.State, got.DeleteAt, op)
	}
	var message string
	b.must(b.pool.QueryRow(t.Context(), "select message from routes where workspace_id = $1 and state = 'stopped'", ws.ID).Scan(&message))
	if want := "This workspace is being deleted. Its owner can bring it back until Thursday, 30 May 2030, 12:00 UTC."; message != want {
		t.Errorf("visitors read %q, want %q", message, want)
	}
}

func TestAHastyOrImpossibleDeletionIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	events := b.count("audit_events")
	for say, d := range map[string]Deletion{
		"to confirm that, give its slug": {Now: true},
		"confirm: engines":               {Now: true, Confirm: "other"},
		"within the hour":                {At: b.now().Add(59 * time.Minute)},
		"which is past":                  {At: b.now().Add(-time.Second), Confirm: "engines"},
		"90 days ahead":                  {At: b.now().Add(90*24*time.Hour + time.Second)},
	} {
		_, _, err := b.store.Delete(t.Context(), p, done.Workspace.ID, d)
		b.refused(err, Invalid, say)
	}
	if b.state(done.Workspace.ID) != Running || b.count("audit_events") != events || b.count("operations") != 1 {
		t.Error("something happened")
	}
}

func TestAtOnceOrWhenItsDateHasComeAWorkspaceIsRemoved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ws := b.retired("engines", Running, Deletion{})
	due := func() int {
		n, err := b.store.RemoveDue(t.Context())
		b.must(err)
		return n
	}
	b.move(7*24*time.Hour - time.Microsecond)
	if n := due(); n != 0 || b.state(ws.ID) != Deleting {
		t.Errorf("%d are due a moment too early, and it is %s", n, b.state(ws.ID))
	}
	b.move(time.Microsecond)
	if n := due(); n != 1 || b.state(ws.ID) != Removing {
		t.Errorf("%d are due, and it is %s", n, b.state(ws.ID))
	}
	if n := due(); n != 0 || b.count("operations where kind = 'delete'") != 1 {
		t.Errorf("%d are due again", n)
	}
	done, p := b.signUp("others")
	b.end(done.Operation, Succeeded)
	_, op, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{Now: true, Confirm: "others"})
	b.must(err)
	if op.Kind != KindDelete || b.state(done.Workspace.ID) != Removing {
		t.Errorf("at once it is %s by %s", b.state(done.Workspace.ID), op.Kind)
	}
}

func TestOneRemovalThatCanNotBeAskedForDoesNotKeepBackTheOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, first := b.retired("engines", Running, Deletion{})
	b.move(time.Hour)
	_, second := b.retired("boilers", Running, Deletion{})
	_, err := b.pool.Exec(t.Context(), `create function fail() returns trigger language plpgsql as $$ begin raise 'it is broken'; end $$;
		create trigger fail before update on workspaces for each row when (new.slug = 'engines' and new.state = 'removing') execute function fail()`)
	b.must(err)
	b.move(8 * 24 * time.Hour)
	n, err := b.store.RemoveDue(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), id.Show(id.Workspace, first.ID)) || b.state(second.ID) != Removing {
		t.Errorf("%d, %v, and the second is %s", n, err, b.state(second.ID))
	}
}

func TestNothingIsRemovedWhileItIsStillTakenOutOfService(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	_, _, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.must(err)
	b.move(8 * 24 * time.Hour)
	if n, err := b.store.RemoveDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

func TestWhatTheVersionBeforeDeletesEndsDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	op, err := b.store.Ask(t.Context(), p, done.Workspace.ID, DeleteArgs{}, "test")
	b.must(err)
	_, err = b.pool.Exec(t.Context(), "update workspaces set state = 'deleting'")
	b.must(err)
	_, _, err = b.store.Undelete(t.Context(), p, done.Workspace.ID)
	b.refused(err, Conflict, "being removed")
	b.end(op, Succeeded)
	if got := b.state(done.Workspace.ID); got != Deleted {
		t.Errorf("it is %s", got)
	}
}

func TestAfterARestoreADeletionWaitsForAnotherWeek(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ws := b.retired("engines", Running, Deletion{})
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error { return b.store.AnnounceDeletion(t.Context(), tx, ws.ID) }))
	b.move(8 * 24 * time.Hour)
	b.must(b.store.Restored(t.Context(), b.now().Add(-4*24*time.Hour), auditKey))
	if got := b.workspace(ws.ID); !got.DeleteAt.Equal(b.now().Add(7 * 24 * time.Hour)) {
		t.Errorf("it can be brought back until %v", got.DeleteAt)
	}
	var message string
	b.must(b.pool.QueryRow(t.Context(), "select message from routes where workspace_id = $1", ws.ID).Scan(&message))
	if want := "This workspace is being deleted. Its owner can bring it back until Saturday, 16 March 2030, 12:00 UTC."; message != want {
		t.Errorf("visitors read %q, want %q", message, want)
	}
}
