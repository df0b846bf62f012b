package db

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/tern/v2/migrate"
)

// ErrNewerSchema means that a newer build has migrated the database in a way that this one can't work with.
var ErrNewerSchema = errors.New("the database has a newer schema than this version of Longhouse can work with")

// ErrOlderSchema means that migrations of this build have not been applied.
var ErrOlderSchema = errors.New("the database has an older schema than this version of Longhouse needs: run its migrations first")

const versionTable = "public.schema_version"

// migrationLock is the advisory lock that one migrating process holds; the others wait for it.
const migrationLock = 0x6c6f6e67686f7573

// A migration gives up rather than stop, for long, those who use the database: whoever waits for a table stands in the way
// of all who come later. In milliseconds.
const (
	lockTimeout      = "5000"
	statementTimeout = "300000"
)

var (
	//go:embed lock.sql
	lockMigration string
	//go:embed wait.sql
	waitAtEase string
	//go:embed hurry.sql
	hurry string
	//go:embed version.sql
	schemaVersion string
	//go:embed support.sql
	makeSupport string
	//go:embed set_support.sql
	setSupport string
	//go:embed oldest.sql
	oldestCode string
)

// Also is a further set of migrations that belongs to a library, applied under the same lock after our own.
type Also func(ctx context.Context, pool *pgxpool.Pool) error

// Migrate applies the numbered, forward-only migrations of files in order, then those of also. Processes that
// migrate at once wait for each other. A database that is ahead of files is left alone: when its newest migrations say that
// code of this version still works, that is success, else ErrNewerSchema.
func Migrate(ctx context.Context, pool *pgxpool.Pool, files fs.FS, also ...Also) error {
	// A connection of its own: those who wait here would else have all of the pool's, of which also needs one. The
	// lock ends with it.
	config := pool.Config().ConnConfig.Copy()
	config.RuntimeParams["lock_timeout"], config.RuntimeParams["statement_timeout"] = lockTimeout, statementTimeout
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("reach the database to migrate it: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := wait(ctx, conn); err != nil {
		return fmt.Errorf("wait for the migration lock: %w", err)
	}
	known, err := readSchema(files)
	if err != nil {
		return err
	}
	if err := forward(ctx, conn, known); err != nil {
		return err
	}
	for _, apply := range also {
		if err := apply(ctx, pool); err != nil {
			return err
		}
	}
	return nil
}

// wait takes the lock, however long others migrate. What follows must hurry.
func wait(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, waitAtEase); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, lockMigration, int64(migrationLock)); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, hurry)
	return err
}

func forward(ctx context.Context, conn *pgx.Conn, known schema) error {
	migrator, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("prepare the schema version table: %w", err)
	}
	for _, step := range known.steps {
		migrator.AppendMigration(step.name, step.sql, "")
	}
	version, err := migrator.GetCurrentVersion(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema version: %w", err)
	case int(version) > known.version():
		return ahead(ctx, conn, known, int(version))
	}
	if _, err := conn.Exec(ctx, makeSupport); err != nil {
		return fmt.Errorf("make the table of supported versions: %w", err)
	}
	if err := untangled(func() error { return migrator.Migrate(ctx) }); err != nil {
		return fmt.Errorf("migrate from version %d: %w", version, err)
	}
	if _, err := conn.Exec(ctx, setSupport, known.oldest); err != nil {
		return fmt.Errorf("say which versions work with the schema: %w", err)
	}
	return nil
}

// tangled is how often in a row a migration may wait for somebody who waits for it.
const tangled = 5

// untangled migrates, again from where it has come where a migration and those who use the database waited for each other. PostgreSQL
// ends one of them after a second, and that migration has changed nothing then.
func untangled(migrate func() error) (err error) {
	for range tangled {
		var refused *pgconn.PgError
		if err = migrate(); !errors.As(err, &refused) || refused.Code != deadlockDetected {
			return err
		}
	}
	return err
}

// deadlockDetected is a code of PostgreSQL's (manual, appendix A).
const deadlockDetected = "40P01"

// Current returns nil when this build works with the database's schema: it is that of files, or a newer one that says so.
// Else it returns ErrOlderSchema or ErrNewerSchema. It changes nothing and waits for nobody, also while somebody migrates.
func Current(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	known, err := readSchema(files)
	if err != nil {
		return err
	}
	var version int
	err = pool.QueryRow(ctx, schemaVersion).Scan(&version)
	switch {
	case undefined(err), errors.Is(err, pgx.ErrNoRows), err == nil && version < known.version():
		return ErrOlderSchema
	case err != nil:
		return fmt.Errorf("read the schema version: %w", err)
	case version > known.version():
		return ahead(ctx, pool, known, version)
	}
	return nil
}

// ahead decides about a database that a newer build has migrated.
func ahead(ctx context.Context, conn interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, known schema, version int) error {
	var oldest int
	err := conn.QueryRow(ctx, oldestCode).Scan(&oldest)
	if err != nil && !undefined(err) {
		return fmt.Errorf("read which versions work with the schema: %w", err)
	}
	if oldest != 0 && known.version() >= oldest {
		return nil
	}
	return fmt.Errorf("%w: it has schema %d, which needs code for schema %d or later, and this is code for schema %d; start "+
		"the newer version again, or restore a backup from before its start with `longhouse restore`", ErrNewerSchema, version, max(oldest, 1), known.version())
}

func undefined(err error) bool {
	refused := (*pgconn.PgError)(nil)
	return errors.As(err, &refused) && refused.Code == "42P01" // undefined_table
}
