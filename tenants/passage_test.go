package tenants

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestAnOperationBeginsOnlyWhereTheLifecycleHasAnArc(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	for _, state := range States {
		for _, args := range []Args{StopArgs{}, StartArgs{}, HibernateArgs{}, WakeArgs{}, RetireArgs{}, DeleteArgs{}} {
			deleted := any(nil)
			if state == Deleted {
				deleted = b.now()
			}
			_, err := b.pool.Exec(t.Context(), "update workspaces set state = $1, deleted_at = $2", string(state), deleted)
			b.must(err)
			events, nudges := b.count("audit_events"), len(b.queue.nudges)
			op, err := b.store.Ask(t.Context(), p, done.Workspace.ID, args, "test")
			if args.Kind() == KindStart && state == Hibernated { // which is to wake it
				args = WakeArgs{}
			}
			if slices.Contains(passages[args.Kind()].from, state) {
				b.must(err)
				if now := b.state(done.Workspace.ID); now != passages[args.Kind()].during {
					t.Errorf("%s on %s leads to %s", args.Kind(), state, now)
				}
				if b.count("audit_events") != events+1 || len(b.queue.nudges) != nudges+1 {
					t.Errorf("%s on %s: no event, or no nudge", args.Kind(), state)
				}
				b.end(op, Succeeded)
				continue
			}
			b.refused(err, Conflict, string(state))
			if b.state(done.Workspace.ID) != state || b.count("audit_events") != events || len(b.queue.nudges) != nudges {
				t.Errorf("%s on %s was refused and changed something", args.Kind(), state)
			}
		}
	}
}

func TestAskedTwiceAtOnceAnOperationBeginsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = b.store.Ask(t.Context(), p, done.Workspace.ID, StopArgs{}, "test") })
	}
	wg.Wait()
	begun := 0
	for _, err := range errs {
		if err == nil {
			begun++
			continue
		}
		b.refused(err, Conflict, "stopping")
	}
	if begun != 1 || b.count("operations where kind = 'stop'") != 1 {
		t.Errorf("begun %d times", begun)
	}
}

func TestAnUndoneOperationTakesTheWorkspaceBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	stop, err := b.store.Ask(t.Context(), p, done.Workspace.ID, StopArgs{}, "test")
	b.must(err)
	b.end(stop, Undone)
	if got := b.state(done.Workspace.ID); got != Running {
		t.Errorf("after an undone stop it is %s", got)
	}
}

func TestTheSlugOfADeletedWorkspaceIsHeldFor90Days(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	op, err := b.store.Ask(t.Context(), p, done.Workspace.ID, DeleteArgs{}, "test")
	b.must(err)
	b.end(op, Succeeded)
	take := func() error {
		_, _, err := b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: done.Tenant.ID, Name: "x", Slug: "engines"})
		return err
	}
	b.move(90*24*time.Hour - time.Second)
	b.refused(take(), Conflict, "is taken")
	b.refused(b.store.SlugFree(t.Context(), "engines"), Conflict, "is taken")
	b.move(time.Second)
	b.must(b.store.SlugFree(t.Context(), "engines"))
	b.must(take())
	b.refused(take(), Conflict, "is taken")
}

func TestTheSlugOfAWorkspaceThatNeverCameToBeIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Undone)
	if got := b.state(done.Workspace.ID); got != Deleted {
		t.Errorf("it is %s", got)
	}
	_, _, err := b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: done.Tenant.ID, Name: "x", Slug: "engines"})
	b.must(err)
}

func TestAChangeWhoseNudgeFailsDoesNotHappen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	events := b.count("audit_events")
	b.queue.broken = errors.New("broken")
	if _, err := b.store.Ask(t.Context(), p, done.Workspace.ID, StopArgs{}, "test"); !errors.Is(err, b.queue.broken) {
		t.Fatal(err)
	}
	if _, err := b.store.SignUp(t.Context(), SignUp{Email: "x@example.com", Password: password, Tenant: "x", Slug: "other"}); !errors.Is(err, b.queue.broken) {
		t.Fatal(err)
	}
	if b.state(done.Workspace.ID) != Running || b.count("audit_events") != events || b.count("persons") != 1 || b.count("operations") != 1 {
		t.Error("half of it happened")
	}
}

func TestAPlanBoundsWorkspacesAlsoWhenTheyAreAskedForAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	var wg sync.WaitGroup
	for _, slug := range []string{"aa", "bb", "cc", "dd", "ee"} {
		wg.Go(func() {
			_, _, _ = b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: done.Tenant.ID, Name: "x", Slug: slug})
		})
	}
	wg.Wait()
	if n := b.count("workspaces"); int64(n) != workspacesAllowed[Free] {
		t.Errorf("%d workspaces", n)
	}
}
