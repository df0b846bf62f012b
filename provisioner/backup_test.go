package provisioner

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/repository"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// keeper is a workspace that runs, with its database and its files in a cell of the test's own, and a worker with the real plans.
type keeper struct {
	*rig
	worker    *Engine
	cellOf    *Cell
	workspace uuid.UUID
	conn      *pgx.Conn // to the workspace's database, as its server has it
}

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	k := &keeper{rig: setup(t)}
	store := storetest.Start(t)
	k.must(store.Admin.PutCredential(t.Context(), CellOwner, cellSecret))
	k.must(store.Admin.PutBucket(t.Context(), "backup", CellOwner, "backup-key"))
	cluster := testdb.Cluster(t)
	databases, err := db.Open(t.Context(), cluster.AdminURL, 4)
	k.must(err)
	t.Cleanup(databases.Close)
	k.cellOf = &Cell{ID: k.cell, Databases: databases, Objects: store.Admin, Workloads: k.agent(), Control: NewSigner([32]byte{1}), Key: [32]byte{2},
		Site: Site{Secret: cellSecret}, Outputs: terraform.CellOutputs{Database: terraform.Database{Host: cluster.SocketDir, Template: "template0"},
			ObjectStore: terraform.ObjectStore{Endpoint: store.Endpoint, Region: "local", PathStyle: true, BackupBucket: "backup"}}}
	k.worker = k.engine("a", time.Minute)
	k.worker.cells = NewCells(k.cellOf)
	k.worker.plans = map[tenants.Kind]plan{tenants.KindProvision: {steps: provisionSteps[:3], finish: arrive}}
	for _, kind := range []tenants.Kind{tenants.KindBackup, tenants.KindExpire, tenants.KindDelete} {
		k.worker.plans[kind] = plans[kind]
	}
	_, done := k.signUp(t.Context())
	k.workspace = done.Workspace.ID
	if op := k.finish(k.worker, done.Operation.ID); op.State != tenants.Succeeded {
		t.Fatalf("%+v", op)
	}
	k.furnish(databases)
	return k
}

// furnish gives the workspace the tables that are counted, some posts and two files.
func (k *keeper) furnish(databases *pgxpool.Pool) {
	k.t.Helper()
	row := k.storage()
	k.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = database{name: row.DatabaseName, role: row.RoleName}.drop(ctx, databases, func() error { return nil })
	})
	keys, err := k.cellOf.unseal(row)
	k.must(err)
	k.conn, err = pgx.Connect(k.t.Context(), k.cellOf.dataSource(row, keys))
	k.must(err)
	k.t.Cleanup(func() { _ = k.conn.Close(context.Background()) })
	sql(k.t, k.conn, "create table users (name text primary key, delete_at bigint not null default 0)")
	sql(k.t, k.conn, "create table posts (id int primary key, text text not null, delete_at bigint not null default 0)")
	sql(k.t, k.conn, "insert into users values ('ada'), ('bob')")
	sql(k.t, k.conn, "insert into posts select i, 'post ' || md5(i::text) from generate_series(1, 2000) i")
	k.upload("20261130/one", random(200_000))
	k.upload("20261130/two", random(100_000))
}

func (k *keeper) storage() (row dbsql.Storage) {
	k.t.Helper()
	row, err := queries(k.rig).FindStorage(k.t.Context(), dbsql.FindStorageParams{WorkspaceID: &k.workspace})
	k.must(err)
	return row
}

func (k *keeper) upload(key string, data []byte) {
	k.t.Helper()
	row := k.storage()
	keys, err := k.cellOf.unseal(row)
	k.must(err)
	_, err = openStore(k.cellOf.Outputs.ObjectStore, row.FilesAccess, keys.Files).PutObject(k.t.Context(),
		&s3.PutObjectInput{Bucket: &row.FilesBucket, Key: &key, Body: bytes.NewReader(data)})
	k.must(err)
}

func (k *keeper) ask(wish tenants.BackupWish) tenants.Operation {
	k.t.Helper()
	op, err := k.store.BackUp(k.t.Context(), tenants.Principal{}, k.workspace, wish)
	k.must(err)
	return op
}

// backUp makes a backup, and returns it as it is listed.
func (k *keeper) backUp(wish tenants.BackupWish) tenants.WorkspaceBackup {
	k.t.Helper()
	op := k.finish(k.worker, k.ask(wish).ID)
	b := k.backups(true)[0]
	if op.State != tenants.Succeeded || b.Operation != op.ID || b.MadeAt == nil || b.Making {
		k.t.Fatalf("%+v\n%+v", op, b)
	}
	return b
}

func (k *keeper) backups(all bool) []tenants.WorkspaceBackup {
	k.t.Helper()
	list, err := k.store.Backups(k.t.Context(), k.workspace, all, tenants.Page{Limit: 100})
	k.must(err)
	return list
}

func (k *keeper) state() tenants.State {
	k.t.Helper()
	ws, err := k.store.Workspace(k.t.Context(), k.workspace)
	k.must(err)
	return ws.State
}

// repo is the repository of the workspace, opened from outside of an operation.
func (k *keeper) repo() *repository.Repository {
	k.t.Helper()
	repo, err := (&Run{cell: k.cellOf}).repository(k.t.Context(), k.storage())
	k.must(err)
	return repo
}

func (k *keeper) kept() []string {
	k.t.Helper()
	ids, err := k.repo().Backups(k.t.Context())
	k.must(err)
	return ids
}

// objects are how many there are in the workspace's part of the backup bucket, and how large they are together.
func (k *keeper) objects() (n int, size int64) {
	k.t.Helper()
	for o, err := range k.cellOf.backups(k.storage()).List(k.t.Context(), "") {
		k.must(err)
		n, size = n+1, size+o.Size
	}
	return n, size
}

// posts restores the database of a backup somewhere, and counts them there.
func (k *keeper) posts(backup tenants.WorkspaceBackup) (n int) {
	k.t.Helper()
	repo := k.repo()
	m, err := repo.Manifest(k.t.Context(), id.Show(id.Backup, backup.ID))
	k.must(err)
	reader, err := repo.Reader(k.t.Context())
	k.must(err)
	entries, err := entriesOf(k.t.Context(), reader, m)
	k.must(err)
	target := testdb.New(k.t)
	major, err := strconv.Atoi(m.Facts[factPostgres])
	k.must(err)
	load, err := embedded.Client(k.t.Context(), major, "pg_restore", target, "--no-owner", "--dbname="+databaseIn(k.t, target))
	k.must(err)
	load.Stdin = reader.Open(k.t.Context(), entries[databaseStream])
	if out, err := load.CombinedOutput(); err != nil {
		k.t.Fatalf("%v: %s", err, out)
	}
	conn, err := pgx.Connect(k.t.Context(), target)
	k.must(err)
	defer func() { _ = conn.Close(k.t.Context()) }()
	k.must(conn.QueryRow(k.t.Context(), "select count(*) from posts").Scan(&n))
	return n
}

func TestAWorkspaceIsBackedUpWhileItRuns(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	first := k.backUp(tenants.BackupWish{Label: "before the move", KeepDays: 90})
	if first.Users != 2 || first.Posts != 2000 || first.Files != 2 || first.Bytes < 300_000 || first.Added == 0 || first.Label != "before the move" || first.KeepDays != 90 ||
		first.Cause != tenants.BackupByRequest || first.KeptUntil().Sub(*first.MadeAt) != 90*24*time.Hour {
		t.Errorf("%+v", first)
	}
	sql(t, k.conn, "insert into posts values (0, 'another')")
	sql(t, k.conn, "update users set delete_at = 1 where name = 'bob'")
	second := k.backUp(tenants.BackupWish{})
	if second.Users != 1 || second.Posts != 2001 || second.Files != 2 || second.Added >= first.Added/2 || second.KeepDays != tenants.BackupDays {
		t.Errorf("%+v after %+v", second, first)
	}
	if one, two := k.posts(first), k.posts(second); one != 2000 || two != 2001 {
		t.Errorf("restored are %d and %d posts", one, two)
	}
	if k.state() != tenants.Running {
		t.Errorf("it is %s", k.state())
	}
	m, err := k.repo().Manifest(t.Context(), id.Show(id.Backup, second.ID))
	k.must(err)
	if m.Facts[factWorkspace] != id.Show(id.Workspace, k.workspace) || m.Facts[factEngine] != "longhouse" || m.Facts[factVersion] != "1.0.0" {
		t.Errorf("%v", m.Facts)
	}
}

// TestABackupKeepsNobodyWaiting has one that hangs beside operations that change the workspace's state.
func TestABackupKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.ask(tenants.BackupWish{})
	if _, err := k.store.BackUp(t.Context(), tenants.Principal{}, k.workspace, tenants.BackupWish{}); err == nil || !strings.Contains(err.Error(), "another operation on the backups of this workspace") {
		t.Errorf("a second one at a time: %v", err)
	}
	stop, err := k.store.Ask(t.Context(), tenants.Principal{}, k.workspace, tenants.StopArgs{}, "test")
	k.must(err)
	if stop.State != tenants.Queued || k.state() != tenants.Stopping {
		t.Errorf("%+v", stop)
	}
}

// TestABackupThatCanNotBeMadeIsNone has the key gone that that of backups is derived from.
func TestABackupThatCanNotBeMadeIsNone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	op := k.ask(tenants.BackupWish{})
	k.must(k.cellOf.Objects.DestroyKey(t.Context(), k.storage().KeyName))
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone || !strings.Contains(op.Failure, "copy") {
		t.Errorf("%+v", op)
	}
	if open, all := k.backups(false), k.backups(true); len(open) != 0 || len(all) != 1 || all[0].MadeAt != nil || all[0].Making {
		t.Errorf("%+v, %+v", open, all)
	}
	if k.state() != tenants.Running {
		t.Errorf("it is %s", k.state())
	}
}

func TestACancelledBackupIsGone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	first := k.backUp(tenants.BackupWish{})
	op := k.ask(tenants.BackupWish{})
	verify := k.worker.plans[tenants.KindBackup]
	verify.steps = slices.Clone(verify.steps)
	verify.steps[1].Do = func(ctx context.Context, r *Run) error {
		if err := verifyCopy(ctx, r); err != nil {
			return err
		}
		_, err := k.store.Cancel(ctx, tenants.Principal{}, op.ID, "")
		return err
	}
	k.worker.plans[tenants.KindBackup] = verify
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone {
		t.Errorf("%+v", op)
	}
	if open, kept := k.backups(false), k.kept(); len(open) != 1 || open[0].ID != first.ID || len(kept) != 1 {
		t.Errorf("listed are %+v, and there are %v", open, kept)
	}
}

// TestADamagedBackupIsNamed has a pack spoilt between the copy and its verification.
func TestADamagedBackupIsNamed(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	op := k.ask(tenants.BackupWish{})
	p := k.worker.plans[tenants.KindBackup]
	p.steps = slices.Clone(p.steps)
	p.steps[0].Do = func(ctx context.Context, r *Run) error {
		if err := copyWorkspace(ctx, r); err != nil {
			return err
		}
		for o, err := range k.cellOf.backups(k.storage()).List(ctx, "packs/") {
			if err != nil {
				return err
			}
			if err := k.cellOf.backups(k.storage()).Put(ctx, o.Name, []byte("spoilt")); err != nil {
				return err
			}
		}
		return nil
	}
	k.worker.plans[tenants.KindBackup] = p
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone || !strings.Contains(op.Failure, "verify") || !strings.Contains(op.Failure, "packs/") {
		t.Errorf("%+v", op)
	}
	if open := k.backups(false); len(open) != 0 {
		t.Errorf("%+v", open)
	}
}

func TestBackupsExpireButForTheNewest(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	old := k.backUp(tenants.BackupWish{KeepDays: 1})
	sql(t, k.conn, "update posts set text = md5(text)") // all of it is new
	held, short := k.backUp(tenants.BackupWish{KeepDays: 1}), k.backUp(tenants.BackupWish{KeepDays: 1})
	_, before := k.objects()
	k.exec("update backups set made_at = made_at - interval '25 hours', held = id = $1", held.ID)
	k.exec("update clock set seen_at = clock_timestamp()")
	n, err := k.store.ExpireDue(t.Context())
	k.must(err)
	if again, err := k.store.ExpireDue(t.Context()); n != 1 || err != nil || again != 0 {
		t.Fatalf("%d workspaces, then %d: %v", n, again, err)
	}
	var op uuid.UUID
	k.must(k.pool.QueryRow(t.Context(), "select id from operations where kind = 'expire'").Scan(&op))
	if is := k.finish(k.worker, op); is.State != tenants.Succeeded {
		t.Fatalf("%+v", is)
	}
	if left := k.backups(false); len(left) != 2 || left[0].ID != short.ID || left[1].ID != held.ID {
		t.Errorf("left are %+v", left)
	}
	if kept := k.kept(); slices.Contains(kept, id.Show(id.Backup, old.ID)) || len(kept) != 2 {
		t.Errorf("there are %v", kept)
	}
	if _, after := k.objects(); after >= before {
		t.Errorf("what takes %d bytes took %d before", after, before)
	}
	if n := k.posts(held); n != 2000 {
		t.Errorf("restored are %d posts", n)
	}
	if n, err := k.store.ExpireDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d workspaces: %v", n, err)
	}
}

// TestADeletionTakesAllBackupsAlong has a workspace deleted that is just being backed up.
func TestADeletionTakesAllBackupsAlong(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.backUp(tenants.BackupWish{})
	folder, part := k.cellOf.backups(k.storage()).folder(), k.cellOf.backups(k.storage())
	backup := k.ask(tenants.BackupWish{})
	_, removal, err := k.store.Delete(t.Context(), tenants.Principal{}, k.workspace, tenants.Deletion{Now: true, Confirm: "engines"})
	k.must(err)
	if op := k.operation(backup.ID); op.State != tenants.Undoing || op.CancelReason != "the workspace is being removed" {
		t.Errorf("%+v", op)
	}
	k.must(k.worker.Work(t.Context(), backup.ID))
	if op := k.finish(k.worker, removal.ID); op.State != tenants.Succeeded {
		t.Fatalf("%+v", op)
	}
	for o, err := range part.List(t.Context(), "") {
		t.Errorf("left is %s: %v", o.Name, err)
	}
	var objects, bytes int64
	k.must(k.pool.QueryRow(t.Context(), "select objects, bytes from removals where kind = 'backups' and name = $1 and observed <> ''", folder).Scan(&objects, &bytes))
	if objects < 3 || bytes < 1000 {
		t.Errorf("there were %d objects of %d bytes", objects, bytes)
	}
}

func (k *keeper) exec(statement string, args ...any) {
	k.t.Helper()
	_, err := k.pool.Exec(k.t.Context(), statement, args...)
	k.must(err)
}
