package provisioner

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/internal/repository"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// backupSteps copy what a workspace is at one moment. They leave it as it is, whatever it does meanwhile.
var backupSteps = []Step{
	{"copy", copyWorkspace, forgetCopy},
	{"verify", verifyCopy, denyCopy},
}

// backupLimit is how long one attempt may take, which reads all of a workspace.
const backupLimit = 6 * time.Hour

// databaseStream is what the dump is called in a backup.
const databaseStream = "database"

// What a manifest says of a backup.
const (
	factWorkspace = "workspace"
	factEngine    = "engine"
	factVersion   = "version"
	factSchema    = "schema"
	factPostgres  = "postgresql" // the major version
	factUsers     = "users"
	factPosts     = "posts"
	factFiles     = "files"
	factTook      = "took_ms"
)

// backupsPurpose is what the key of backups is derived for from the key of the workspace's storage: with that it is gone.
const backupsPurpose = "backups"

//go:embed backupcounts.sql
var countWhatIsThere string

// repository opens where the backups of a storage are.
func (r *Run) repository(ctx context.Context, row dbsql.Storage) (*repository.Repository, error) {
	raw, err := r.cell.Objects.DeriveKey(ctx, row.KeyName, backupsPurpose)
	if errors.Is(err, objects.ErrNoKey) {
		return nil, permanent{fmt.Errorf("derive the key of backups: %w", err)}
	}
	if err != nil {
		return nil, fmt.Errorf("derive the key of backups: %w", err)
	}
	if len(raw) != repository.KeySize {
		return nil, fmt.Errorf("derive the key of backups: the store returned %d bytes", len(raw))
	}
	return repository.Open(leased{r.cell.backups(row), r}, [repository.KeySize]byte(raw))
}

// backups is the part of the cell's backup bucket that is a storage's.
func (c *Cell) backups(row dbsql.Storage) *backupBucket {
	return newBackupBucket(c.Outputs.ObjectStore, c.Site.Secret, id.Show(id.Storage, row.ID))
}

// backup is that of the operation, by the id that it has in the repository.
func (r *Run) backup(ctx context.Context) (string, error) {
	b, err := dbsql.New(r.engine.pool).BackupOfOperation(ctx, r.op.ID)
	if err != nil {
		return "", fmt.Errorf("read what is to be backed up: %w", err)
	}
	return id.Show(id.Backup, b.ID), nil
}

// copyWorkspace holds the database as it is at one moment, and copies it, and then all files: they are written once, and before what refers to them.
func copyWorkspace(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return err
	}
	name, err := r.backup(ctx)
	if err != nil {
		return err
	}
	repo, err := r.repository(ctx, row)
	if err != nil {
		return err
	}
	switch _, err := repo.Manifest(ctx, name); {
	case err == nil: // an attempt before had come to its end
		return nil
	case !errors.Is(err, repository.ErrNotFound):
		return fmt.Errorf("look for the backup: %w", err)
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.copyInto(ctx, row, repo, name)
}

func (r *Run) copyInto(ctx context.Context, row dbsql.Storage, repo *repository.Repository, name string) error {
	began := time.Now()
	keys, err := r.cell.unseal(row)
	if err != nil {
		return err
	}
	before, err := lastEntries(ctx, repo)
	if damage := (*repository.Damage)(nil); errors.As(err, &damage) { // then all files are read
		r.log.Error("the last backup is damaged", "event", "backup.damaged", "error", err)
	} else if err != nil {
		return err
	}
	b, err := repo.Begin(ctx, name)
	if err != nil {
		return err
	}
	release, err := dbsql.New(r.engine.pool).GetRelease(ctx, row.ReleaseID)
	if err != nil {
		return fmt.Errorf("read the release: %w", err)
	}
	m, err := openMoment(ctx, r.cell.dataSource(row, keys))
	if err != nil {
		return err
	}
	defer func() { _ = m.close() }()
	var users, posts int64
	if err := m.tx.QueryRow(ctx, countWhatIsThere).Scan(&users, &posts); err != nil {
		return fmt.Errorf("count what is in the database: %w", err)
	}
	if err := addDump(ctx, b, m); err != nil {
		return err
	}
	if err := m.close(); err != nil {
		return fmt.Errorf("let go of the database: %w", err)
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	store := files{client: openStore(r.cell.Outputs.ObjectStore, row.FilesAccess, keys.Files), bucket: row.FilesBucket}
	copied, err := store.backUp(ctx, b, before)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	_, err = b.Finish(ctx, m.at, map[string]string{factWorkspace: id.Show(id.Workspace, *r.op.Workspace), factEngine: release.Engine, factVersion: release.Version,
		factSchema: strconv.FormatInt(int64(release.Schema), 10), factPostgres: strconv.Itoa(m.major), factUsers: strconv.FormatInt(users, 10),
		factPosts: strconv.FormatInt(posts, 10), factFiles: strconv.Itoa(copied.Count), factTook: strconv.FormatInt(time.Since(began).Milliseconds(), 10)})
	return err
}

func addDump(ctx context.Context, b *repository.Backup, m *moment) error {
	d, err := m.dump(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	_, err = b.Add(ctx, databaseStream, repository.Fine, d, nil)
	return err
}

// lastEntries are the streams of the last backup that is there, whose files need not be read again.
func lastEntries(ctx context.Context, repo *repository.Repository) (map[string]repository.Entry, error) {
	ids, err := repo.Backups(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	m, err := repo.Manifest(ctx, ids[len(ids)-1]) // they are called by the time at which they were asked for
	if err != nil {
		return nil, err
	}
	reader, err := repo.Reader(ctx)
	if err != nil {
		return nil, err
	}
	return entriesOf(ctx, reader, m)
}

// forgetCopy takes the backup away, if there is one. What it alone held goes when backups expire.
func forgetCopy(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	name, err := r.backup(ctx)
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	repo, err := r.repository(ctx, row)
	if errors.Is(err, objects.ErrNoKey) { // and with it whatever it had encrypted
		return nil
	}
	if err != nil {
		return err
	}
	return repo.Forget(ctx, name)
}

// verifyCopy reads the backup's database and its list of files back, and notes that the backup is there. Of files the store has compared what
// it received with what was sent.
func verifyCopy(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return err
	}
	name, err := r.backup(ctx)
	if err != nil {
		return err
	}
	repo, err := r.repository(ctx, row)
	if err != nil {
		return err
	}
	m, err := repo.Manifest(ctx, name)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	facts, err := factsOf(m)
	if err != nil {
		return err
	}
	if err := readBack(ctx, repo, m); err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(_ *dbsql.Queries, tx pgx.Tx) error { return r.engine.store.Made(ctx, tx, r.op, m.MadeAt, facts) })
}

func readBack(ctx context.Context, repo *repository.Repository, m repository.Manifest) error {
	reader, err := repo.Reader(ctx)
	if err != nil {
		return err
	}
	dumps := 0
	for e, err := range reader.Entries(ctx, m) {
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		if e.Name != databaseStream {
			continue
		}
		dumps++
		if _, err := io.Copy(io.Discard, reader.Open(ctx, e)); err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
	}
	if dumps != 1 {
		return fmt.Errorf("the backup has %d databases", dumps)
	}
	return nil
}

func factsOf(m repository.Manifest) (f tenants.BackupFacts, err error) {
	number := func(fact string) int64 {
		n, wrong := strconv.ParseInt(m.Facts[fact], 10, 64)
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("the manifest of %s has no number of %s", m.ID, fact))
		}
		return n
	}
	f = tenants.BackupFacts{Took: time.Duration(number(factTook)) * time.Millisecond, Bytes: m.Size, Added: m.Added,
		Users: number(factUsers), Posts: number(factPosts), Files: number(factFiles)}
	return f, err
}

// denyCopy notes that the backup is not there, before it is taken away.
func denyCopy(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(_ *dbsql.Queries, tx pgx.Tx) error { return r.engine.store.Unmade(ctx, tx, r.op) })
}

// finishPart leaves the state of the workspace as it is.
func finishPart(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error {
	return r.engine.store.PartOver(ctx, tx, r.op, end)
}
