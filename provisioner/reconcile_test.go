package provisioner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatARestoredDatabaseHasCorrected(t *testing.T) {
	t.Parallel()
	same, later, replaced, gone, stranger := id.New(), id.New(), id.New(), id.New(), id.New()
	storage := func(ws uuid.UUID, state string) dbsql.Storage {
		return dbsql.Storage{WorkspaceID: &ws, DatabaseName: "ws_" + ws.String(), State: state}
	}
	instance := func(ws uuid.UUID) dbsql.Instance { return dbsql.Instance{ID: ws, WorkspaceID: ws, Epoch: 2} }
	running := func(ws uuid.UUID, generation int64) workload.Observed {
		return workload.Observed{ID: id.Show(id.Instance, ws), Generation: generation}
	}
	got := correctionsOf(
		[]dbsql.Storage{storage(same, storageTaken), storage(later, storageTaken), storage(replaced, storageTaken), storage(gone, storageTaken),
			{DatabaseName: "ws_aside", State: storageQuarantined}},
		[]dbsql.Instance{instance(same), instance(later), instance(replaced), instance(gone)},
		[]string{"ws_" + same.String(), "ws_" + later.String(), "ws_" + replaced.String()},
		[]workload.Observed{running(same, 2), running(later, 5), running(stranger, 1)},
	)
	want := corrections{lived: 4, lost: []uuid.UUID{gone}, stray: []workload.Observed{running(stranger, 1)}, ahead: []workload.Observed{running(later, 5)},
		revive: []uuid.UUID{replaced}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestInstanceOfALostWorkspaceIsStopped(t *testing.T) {
	t.Parallel()
	ws := id.New()
	got := correctionsOf([]dbsql.Storage{{WorkspaceID: &ws, DatabaseName: "ws_gone", State: storageTaken}},
		[]dbsql.Instance{{ID: ws, WorkspaceID: ws, Epoch: 1}}, nil, []workload.Observed{{ID: id.Show(id.Instance, ws), Generation: 1}})
	if len(got.stray) != 1 || len(got.lost) != 1 || len(got.revive)+len(got.ahead) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSoManyLostWorkspacesAreDoubted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lived, lost, accepted, issued int
		doubted                       bool
	}{
		{0, 0, 0, 0, false}, {9, 0, 0, 0, false}, {9, 1, 0, 0, false}, {9, fewLost, 0, 0, false}, {9, fewLost + 1, 0, 0, true}, {1, 1, 0, 0, true}, {2, 2, 0, 0, true},
		{9, 5, 5, 0, false}, {9, 5, 4, 0, true}, {9, 9, 9, 0, false}, {2, 1, 0, 0, false}, {9, 9, 0, 9, false}, {9, 8, 0, 7, false}, {9, 9, 0, 8, true}, {9, 9, 1, 8, false},
	} {
		issued := map[uuid.UUID]string{}
		for range c.issued {
			issued[id.New()] = "signed"
		}
		err := corrections{lived: c.lived, lost: make([]uuid.UUID, c.lost), issued: issued}.doubt(tenants.Reconciliation{CellName: "north", Accepted: c.accepted})
		if (err != nil) != c.doubted {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil && !strings.Contains(err.Error(), "`longhouse cells accept-loss north` closes them") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// lives adds workspaces that should have a database in the cell, and returns the names of those.
func (r *rig) lives(n int) (databases []string) {
	r.t.Helper()
	_, err := r.pool.Exec(r.t.Context(), `insert into releases (id, engine, version, channel, sha256, path, created_at)
		values (gen_random_uuid(), 'longhouse', '1', 'stable', repeat('a', 64), '/x', now()) on conflict do nothing`)
	r.must(err)
	rows, err := r.pool.Query(r.t.Context(), `
		with t as (insert into tenants (id, name, plan, created_at) values (gen_random_uuid(), 'a', 'free', now()) returning id),
		w as (insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at)
			select gen_random_uuid(), t.id, c.region_id, c.id, r.id, 'w', 'w' || n, 'stopped', '', now(), now() from t, cells c, releases r, generate_series(1, $1::int) n returning id, cell_id, release_id)
		insert into storages (id, cell_id, workspace_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), cell_id, id, 'taken', 'ws_' || left(md5(id::text), 26), 'r', '', '', '', '', '', '', release_id, now() from w returning database_name`, n)
	r.must(err)
	databases, err = pgx.CollectRows(rows, pgx.RowTo[string])
	r.must(err)
	return databases
}

// living is how many workspaces are not deleted.
func (r *rig) living() (n int) {
	r.t.Helper()
	r.must(r.pool.QueryRow(r.t.Context(), "select count(*) from workspaces where state <> 'deleted'").Scan(&n))
	return n
}

func TestACellWhoseDatabasesAreNotBackClosesNobodyUnlessAnOperatorSaysSo(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("worker", time.Minute)
	cell := &Cell{ID: r.cell, Databases: r.pool, Workloads: r.agent()}
	r.lives(5)
	r.must(e.Reconcile(t.Context(), cell)) // nothing was restored
	r.must(r.store.Restored(t.Context(), time.Now(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	const why = "of the 5 workspaces that live in it, 5 have no database there: bring the cell's databases back"
	if err := e.Reconcile(t.Context(), cell); err == nil || !errors.As(err, new(Uncompared)) || !strings.HasPrefix(err.Error(), why) || r.living() != 5 {
		t.Fatalf("%v, and %d of 5 workspaces are left", err, r.living())
	}
	told, open, err := r.store.Reconciliation(t.Context(), r.cell)
	r.must(err)
	if !open || told.Lost != 5 || !strings.HasPrefix(told.Message, why) {
		t.Errorf("operators are told %+v", told)
	}
	operator := tenants.Principal{Operator: id.New()}
	r.must(r.store.AcceptLoss(t.Context(), operator, r.cell))
	r.must(e.Reconcile(t.Context(), cell))
	if _, open, err := r.store.Reconciliation(t.Context(), r.cell); err != nil || open || r.living() != 0 {
		t.Errorf("open %v, %v; %d workspaces are left", open, err, r.living())
	}
}

func TestAFewWorkspacesThatWereDeletedSinceAreClosed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("worker", time.Minute)
	cell := &Cell{ID: r.cell, Databases: r.pool, Workloads: r.agent()}
	for _, database := range r.lives(3)[1:] {
		_, err := r.pool.Exec(t.Context(), "create database "+pgx.Identifier{database}.Sanitize())
		r.must(err)
		t.Cleanup(func() { _, _ = r.pool.Exec(context.Background(), "drop database "+pgx.Identifier{database}.Sanitize()) })
	}
	r.must(r.store.Restored(t.Context(), time.Now(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	r.must(e.Reconcile(t.Context(), cell))
	if r.living() != 2 {
		t.Errorf("%d of 2 workspaces are left", r.living())
	}
}

func TestOneWorkerAtATimeComparesACell(t *testing.T) {
	t.Parallel()
	r := setup(t)
	cell := &Cell{ID: r.cell, Databases: r.pool, Workloads: r.agent()}
	r.must(r.store.Restored(t.Context(), time.Now(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	other, err := r.open().Acquire(t.Context())
	r.must(err)
	mine, err := dbsql.New(other).LockReconciliation(t.Context(), r.cell)
	r.must(err)
	if err := r.engine("worker", time.Minute).Reconcile(t.Context(), cell); !mine || err == nil || !strings.Contains(err.Error(), "another worker") {
		t.Errorf("%v, %v", mine, err)
	}
	r.must(other.Conn().Close(t.Context()))
	other.Release()
	r.eventually("the lock of a worker that died is free", func() bool { return r.engine("worker", time.Minute).Reconcile(t.Context(), cell) == nil })
}
