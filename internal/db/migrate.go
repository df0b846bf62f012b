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

// ErrNewerSchema means that a newer build has migrated the database; this one must not touch it.
var ErrNewerSchema = errors.New("the database has a newer schema than this version of Longhouse knows: start the newer version again")

// ErrOlderSchema means that migrations of this build have not been applied.
var ErrOlderSchema = errors.New("the database has an older schema than this version of Longhouse needs: run its migrations first")

const versionTable = "public.schema_version"

// migrationLock is the advisory lock that one migrating process holds; the others wait for it.
const migrationLock = 0x6c6f6e67686f7573

var (
	//go:embed lock.sql
	lockMigration string
	//go:embed version.sql
	schemaVersion string
)

// Also is a further set of migrations that belongs to a library, applied under the same lock after our own.
type Also func(ctx context.Context, pool *pgxpool.Pool) error

// Migrate applies the numbered, forward-only migrations of files in order, then those of also. Processes that
// migrate at once wait for each other. It returns ErrNewerSchema when the database is ahead of files.
func Migrate(ctx context.Context, pool *pgxpool.Pool, files fs.FS, also ...Also) error {
	// A connection of its own: those who wait here would else have all of the pool's, of which also needs one. The
	// lock ends with it.
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("reach the database to migrate it: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, lockMigration, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for the migration lock: %w", err)
	}
	if err := forward(ctx, conn, files); err != nil {
		return err
	}
	for _, apply := range also {
		if err := apply(ctx, pool); err != nil {
			return err
		}
	}
	return nil
}

func forward(ctx context.Context, conn *pgx.Conn, files fs.FS) error {
	migrator, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("prepare the schema version table: %w", err)
	}
	if err := migrator.LoadMigrations(files); err != nil {
		return fmt.Errorf("load migrations: %w", err)
	}
	version, err := migrator.GetCurrentVersion(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema version: %w", err)
	case int(version) > len(migrator.Migrations):
		return ErrNewerSchema
	}
	if err := migrator.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate from version %d: %w", version, err)
	}
	return nil
}

// Current returns nil when the database has exactly the schema of files, else ErrOlderSchema or ErrNewerSchema. It
// changes nothing and waits for nobody, also while somebody migrates.
func Current(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	known, err := migrate.FindMigrations(files)
	if err != nil {
		return fmt.Errorf("load migrations: %w", err)
	}
	var version int
	err = pool.QueryRow(ctx, schemaVersion).Scan(&version)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == "42P01", // undefined_table
		errors.Is(err, pgx.ErrNoRows), err == nil && version < len(known):
		return ErrOlderSchema
	case err != nil:
		return fmt.Errorf("read the schema version: %w", err)
	case version > len(known):
		return ErrNewerSchema
	}
	return nil
}
