package tenants

import "testing"

func (b *bundle) one(into any, query string, args ...any) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), query, args...).Scan(into))
}

func TestAfterARestoreNothingIsGivenAwayThatMayBeInUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("elm") // is being provisioned
	var uid, now int
	b.one(&uid, "select next_uid from cells")
	_, err := b.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket,
		files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), c.id, s, s, '', '', '', '', '', '', '', r.id, now() from cells c, releases r, unnest(array['blank', 'making', 'taken', 'removing']) s`)
	if err == nil {
		t.Fatal("storage that is taken belongs to a workspace")
	}
	_, err = b.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket,
		files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), c.id, s, s, '', '', '', '', '', '', '', r.id, now() from cells c, releases r, unnest(array['blank', 'making', 'removing']) s`)
	b.must(err)

	b.must(b.store.Restored(t.Context(), b.now(), auditKey))

	var aside, usable, open, sessions int
	var state, slug string
	b.one(&aside, "select count(*) from storages where state = 'quarantined'")
	b.one(&usable, "select count(*) from storages where state in ('blank', 'making')")
	b.one(&open, "select count(*) from operations where state in ('queued', 'running', 'undoing')")
	b.one(&sessions, "select count(*) from sessions")
	b.one(&state, "select state from workspaces where slug = 'elm'")
	b.one(&slug, "select state from slugs where slug = 'elm'")
	b.one(&now, "select next_uid from cells")
	if aside != 2 || usable != 0 || open != 0 || sessions != 0 || state != "deleted" || slug != "held" || now <= uid {
		t.Errorf("aside %d, usable %d, open operations %d, sessions %d, workspace %s, slug %s, uid %d after %d", aside, usable, open, sessions, state, slug, now, uid)
	}
	b.unreconciled("local")
	b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{}))
	b.unreconciled()
}

// running is a workspace that serves, without the steps that brought it there.
func (b *bundle) running(slug string) SignedUp {
	b.t.Helper()
	done, _ := b.signUp(slug)
	_, err := b.pool.Exec(b.t.Context(), "update operations set state = 'succeeded', finished_at = now()")
	b.must(err)
	_, err = b.pool.Exec(b.t.Context(), "update workspaces set state = 'running'")
	b.must(err)
	tx, err := b.pool.Begin(b.t.Context())
	b.must(err)
	b.must(b.store.SetRoute(b.t.Context(), tx, Route{Workspace: done.Workspace.ID, Hosts: []string{slug}, State: Serving, Address: "/s"}))
	b.must(tx.Commit(b.t.Context()))
	return done
}

func TestLostWorkspaceIsClosedAndTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.running("elm")
	b.must(b.store.Lost(t.Context(), done.Workspace.ID, "its database is gone", ""))
	var state, route string
	b.one(&state, "select state from workspaces")
	b.one(&route, "select state from routes")
	if state != "deleted" || route != "gone" {
		t.Errorf("workspace %s, route %s", state, route)
	}
	events, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{}, Page{Limit: 1})
	b.must(err)
	if events[0].Action != "workspace.lost" || events[0].Details["why"] != "its database is gone" {
		t.Errorf("%+v", events[0])
	}
}

func TestRevivedWorkspaceIsStarted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.running("elm")
	b.must(b.store.Revive(t.Context(), done.Workspace.ID))
	b.must(b.store.Revive(t.Context(), done.Workspace.ID)) // again after it was cut off
	var state string
	var starts int
	b.one(&state, "select state from workspaces")
	b.one(&starts, "select count(*) from operations where kind = 'start' and state = 'queued'")
	if state != "starting" || starts != 1 {
		t.Errorf("workspace %s, %d starts", state, starts)
	}
}
