package provisioner

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TestBlanksOfACellThatIsGivenUpAreTakenAwayOnce: one operation each, whatever number of workers looks.
func TestBlanksOfACellThatIsGivenUpAreTakenAwayOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	release, err := r.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1.0.0", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	r.must(err)
	_, err = r.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), $1, state, '', '', '', '', '', '', '', '', $2, now() from unnest(array['blank', 'blank', 'quarantined']) as state`, r.cell, release.ID)
	r.must(err)
	engines := []*Engine{r.engine("a", time.Minute), r.engine("b", time.Minute)}
	r.must(engines[0].keepBlanks(t.Context(), 0))
	if n := r.count("operations where kind = 'discard'"); n != 0 {
		t.Errorf("%d blanks of a cell that is ready are taken away", n)
	}
	r.must(r.store.SetCellState(t.Context(), someOperator, r.cell, tenants.CellDraining))
	for _, e := range engines {
		r.must(e.keepBlanks(t.Context(), 3))
	}
	if n := r.count("operations o join storages s on s.id = o.storage_id where o.kind = 'discard' and s.state = 'removing'"); n != 2 {
		t.Errorf("%d blanks are taken away, want 2", n)
	}
	if n := r.count("operations"); n != 2 {
		t.Errorf("%d operations, want 2", n)
	}
	if n := r.count("storages where state = 'quarantined'"); n != 1 {
		t.Error("what is kept for the operator was taken away")
	}
}

// TestInstancesOfACellThatSharesTheMachineAreNoOrphans, and are not stopped after a restore.
func TestInstancesOfACellThatSharesTheMachineAreNoOrphans(t *testing.T) {
	t.Parallel()
	r := setup(t)
	cell := &Cell{ID: r.cell}
	_, err := r.pool.Exec(t.Context(), `
		with o as (insert into cells (id, region_id, name, kind, state, outputs, next_uid, created_at, updated_at)
			select gen_random_uuid(), region_id, 'other', 'local', 'ready', '{}', 1, now(), now() from cells returning id),
		r as (insert into releases (id, engine, version, channel, sha256, path, created_at) values (gen_random_uuid(), 'longhouse', '1', 'stable', repeat('a', 64), '/x', now()) returning id),
		te as (insert into tenants (id, name, plan, created_at) values (gen_random_uuid(), 't', 'free', now()) returning id),
		w as (insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at)
			select gen_random_uuid(), te.id, 'home', o.id, r.id, 'w', 'w', 'running', 'a@b.c', now(), now() from o, r, te returning id, cell_id, release_id)
		insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
		select gen_random_uuid(), w.id, w.cell_id, w.release_id, 1, 1, 'ready', '', '', now() from w`)
	r.must(err)
	others, err := othersInstances(t.Context(), queries(r), cell)
	if err != nil || len(others) != 1 {
		t.Errorf("%v, %v", others, err)
	}
}
