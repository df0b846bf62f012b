package provisioner

import (
	"bytes"
	"context"
	"strconv"
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

func (k *keeper) exec(statement string, args ...any) {
	k.t.Helper()
	_, err := k.pool.Exec(k.t.Context(), statement, args...)
	k.must(err)
}
