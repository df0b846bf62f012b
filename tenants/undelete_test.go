package tenants

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestUntilItsDateAWorkspaceComesBackAsItWas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for slug, c := range map[string]struct{ was, next State }{"engines": {Running, Starting}, "boilers": {Stopped, Stopped}, "sleepers": {Hibernated, Hibernated}} {
		p, ws := b.retired(slug, c.was, Deletion{})
		back, op, err := b.store.Undelete(t.Context(), p, ws.ID)
		b.must(err)
		if back.State != c.next || back.DeleteAt != nil || (op != nil) != (c.was == Running) {
			t.Errorf("what was %s is %s until %v, by %v", c.was, back.State, back.DeleteAt, op)
		}
		if op != nil {
			b.end(*op, Succeeded)
		}
		route := map[State]string{Running: "stopped", Stopped: "stopped", Hibernated: "asleep"}[c.was] // what runs is served by its start
		if n := b.count("routes where workspace_id = $1 and state = $2", ws.ID, route); n != 1 {
			t.Errorf("of what was %s the route is not %s", c.was, route)
		}
		if got := b.state(ws.ID); got != c.was {
			t.Errorf("what was %s is %s", c.was, got)
		}
		_, _, err = b.store.Undelete(t.Context(), p, ws.ID)
		b.refused(err, Conflict, "nobody wants it deleted")
	}
	if n := b.count("deletions"); n != 0 {
		t.Errorf("%d wishes are left", n)
	}
}

func TestBroughtBackWhileItIsStillTakenOutOfServiceTheOperationTurnsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	_, retire, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.must(err)
	for range 2 {
		_, op, err := b.store.Undelete(t.Context(), p, done.Workspace.ID)
		b.must(err)
		if op.ID != retire.ID || op.State != Undoing {
			t.Errorf("%s is %s", op.Kind, op.State)
		}
	}
	_, _, err = b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.refused(err, Conflict, "is being brought back")
	b.end(*retire, Undone)
	if got := b.workspace(done.Workspace.ID); got.State != Running || got.DeleteAt != nil || b.count("deletions") != 0 {
		t.Errorf("it is %s until %v", got.State, got.DeleteAt)
	}
}

// TestAnotherDateLeavesTheRouteToTheOperationThatHasNotBegun sees that what is taken back without a step leaves nothing to take back.
func TestAnotherDateLeavesTheRouteToTheOperationThatHasNotBegun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error {
		return b.store.SetRoute(t.Context(), tx, Route{Workspace: done.Workspace.ID, Hosts: []string{"h"}, State: Serving, Address: "/s"})
	}))
	_, retire, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.must(err)
	another := func(d time.Duration) (route string) {
		_, _, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{At: b.now().Add(d)})
		b.must(err)
		b.one(&route, "select state from routes")
		return route
	}
	if route := another(20 * 24 * time.Hour); route != "serving" {
		t.Errorf("before the operation began the route is %s; nobody would make it serve again if that is taken back now", route)
	}
	_, err = b.pool.Exec(t.Context(), "update operations set state = 'running' where id = $1", retire.ID)
	b.must(err)
	if route := another(30 * 24 * time.Hour); route != "stopped" {
		t.Errorf("since it began visitors may have read another date, and the route is %s", route)
	}
}

func TestAfterItsDateAWorkspaceCanNotBeBroughtBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.retired("engines", Running, Deletion{})
	undelete := func() error {
		_, _, err := b.store.Undelete(t.Context(), p, ws.ID)
		return err
	}
	b.move(7 * 24 * time.Hour)
	b.refused(undelete(), Conflict, "could be brought back until 2030-03-08T12:00:00Z")
	_, _, err := b.store.Delete(t.Context(), p, ws.ID, Deletion{At: b.now().Add(48 * time.Hour)})
	b.refused(err, Conflict, "could be brought back until")
	_, err = b.store.RemoveDue(t.Context())
	b.must(err)
	b.refused(undelete(), Conflict, "being removed")
	_, err = b.pool.Exec(t.Context(), "update workspaces set state = 'deleted', deleted_at = now()")
	b.must(err)
	b.refused(undelete(), Conflict, "nothing is left")
}

// TestTheRowDecidesBetweenUndeleteAndTheDate holds the workspace's row while both want it, so that either comes first.
func TestTheRowDecidesBetweenUndeleteAndTheDate(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"undelete", "another date", "date"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p, ws := b.retired("engines", Running, Deletion{})
			hold, err := b.pool.Begin(t.Context())
			b.must(err)
			_, err = hold.Exec(t.Context(), "select from workspaces where id = $1 for update", ws.ID)
			b.must(err)
			var both sync.WaitGroup
			var refused error
			undelete := func() { _, _, refused = b.store.Undelete(t.Context(), p, ws.ID) }
			if first == "another date" {
				undelete = func() {
					_, _, refused = b.store.Delete(t.Context(), p, ws.ID, Deletion{At: b.now().Add(20 * 24 * time.Hour)})
				}
			}
			// It is due for whoever looks, and not yet for whoever wants it back: the rows' times are those of two clocks.
			early := *b.store
			late := *b.store
			late.now = func() time.Time { return b.now().Add(8 * 24 * time.Hour) }
			b.store = &early
			b.exec("update clock set seen_at = $1", late.now())
			remove := func() {
				if _, err := late.RemoveDue(t.Context()); err != nil {
					t.Error(err)
				}
			}
			order := []func(){undelete, remove}
			if first == "date" {
				order = []func(){remove, undelete}
			}
			for i, do := range order {
				both.Go(do)
				b.waiting(i + 1)
			}
			b.must(hold.Commit(t.Context()))
			both.Wait()
			removals := b.count("operations where kind = 'delete'")
			if first == "undelete" && (refused != nil || removals != 0 || b.state(ws.ID) != Starting) {
				t.Errorf("%v, %d removals, it is %s", refused, removals, b.state(ws.ID))
			}
			if first == "another date" && (refused != nil || removals != 0 || b.state(ws.ID) != Deleting) {
				t.Errorf("%v, %d removals, it is %s", refused, removals, b.state(ws.ID))
			}
			if first == "date" {
				b.refused(refused, Conflict, "being removed")
				if removals != 1 || b.state(ws.ID) != Removing {
					t.Errorf("%d removals, it is %s", removals, b.state(ws.ID))
				}
			}
		})
	}
}

// TestAWishIsNotTakenBackPastTheOperationThatItBegan holds the row of a stopped workspace while somebody deletes it and
// somebody else, who has looked for an operation before there was one, brings it back.
func TestAWishIsNotTakenBackPastTheOperationThatItBegan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	stop, err := b.store.Ask(t.Context(), p, done.Workspace.ID, StopArgs{}, "test")
	b.must(err)
	b.end(stop, Succeeded)
	hold, err := b.pool.Begin(t.Context())
	b.must(err)
	_, err = hold.Exec(t.Context(), "select from workspaces where id = $1 for update", done.Workspace.ID)
	b.must(err)
	var both sync.WaitGroup
	var deleted, brought error
	var retire *Operation
	both.Go(func() { _, retire, deleted = b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{}) })
	b.waiting(1)
	both.Go(func() { _, _, brought = b.store.Undelete(t.Context(), p, done.Workspace.ID) })
	b.waiting(2)
	b.must(hold.Commit(t.Context()))
	both.Wait()
	b.must(deleted)
	b.refused(brought, Conflict, "try again")
	_, op, err := b.store.Undelete(t.Context(), p, done.Workspace.ID)
	b.must(err)
	if op == nil || op.ID != retire.ID {
		t.Fatalf("it is brought back by %+v", op)
	}
	b.end(*retire, Undone)
	if got := b.workspace(done.Workspace.ID); got.State != Stopped || got.DeleteAt != nil {
		t.Errorf("it is %s until %v", got.State, got.DeleteAt)
	}
}

func TestTakingADeletionBackNeedsOneConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	_, retire, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.must(err)
	config := b.pool.Config().Copy()
	config.MaxConns, config.MinConns = 1, 0
	narrow, err := pgxpool.NewWithConfig(t.Context(), config)
	b.must(err)
	t.Cleanup(narrow.Close)
	store := *b.store
	store.pool = narrow
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := store.Cancel(ctx, p, retire.ID, ""); err != nil {
		t.Errorf("with one connection: %v", err)
	}
}

// waiting waits until so many transactions wait for a lock.
func (b *bundle) waiting(want int) {
	b.t.Helper()
	deadline := time.After(time.Minute)
	for {
		var n int
		b.must(b.pool.QueryRow(b.t.Context(), "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'").Scan(&n))
		if n >= want {
			return
		}
		select {
		case <-deadline:
			b.t.Fatalf("%d transactions wait, want %d", n, want)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
