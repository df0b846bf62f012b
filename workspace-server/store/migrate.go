package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

// Migrations are numbered 0001_, 0002_, ... without gaps and only ever added to. A file is one simple-protocol script
// in its own transaction. This is sixty lines of our own, because tern's migrate package would link a template engine
// and its function library into every workspace's process.
//
//go:embed migrations/*.sql
var migrations embed.FS

// lockKey serialises migrating instances of one workspace; the number only has to be ours.
const lockKey = 7102000

// Latest is the schema version that this program was written for.
func Latest() int {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return len(files)
}

// Migrate brings the schema to Latest and answers what it was before. When it is there already it reads one row.
func (db *DB) Migrate(ctx context.Context) (from int, err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("connect to database: %w", err)
	}
	defer conn.Release()
	from, err = version(ctx, conn.Conn())
	if err != nil || from == Latest() {
		return from, err
	}
	if _, err := conn.Exec(ctx, lockSession, lockKey); err != nil {
		return from, fmt.Errorf("lock schema: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), unlockSession, lockKey) //nolint:errcheck // the lock ends with the connection
	return apply(ctx, conn.Conn())
}

// CheckSchema refuses a database that this program must not serve.
func (db *DB) CheckSchema(ctx context.Context) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to database: %w", err)
	}
	defer conn.Release()
	have, err := version(ctx, conn.Conn())
	if err != nil {
		return err
	}
	return compatible(have, Latest())
}

func compatible(have, want int) error {
	switch {
	case have < want:
		return fmt.Errorf("the database has schema version %d and this server needs %d: run `workspace-server migrate` first", have, want)
	case have > want:
		return fmt.Errorf("the database has schema version %d, newer than the %d that this server knows: run a newer workspace-server", have, want)
	}
	return nil
}

func apply(ctx context.Context, conn *pgx.Conn) (from int, err error) {
	if from, err = version(ctx, conn); err != nil { // again: another instance may have been first
		return 0, err
	}
	if from > Latest() {
		return from, compatible(from, Latest())
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return from, fmt.Errorf("list migrations: %w", err)
	}
	for n := from + 1; n <= len(files); n++ {
		script, err := migrations.ReadFile(files[n-1])
		if err != nil {
			return from, fmt.Errorf("read migration %d: %w", n, err)
		}
		if err := step(ctx, conn, n, string(script)); err != nil {
			return from, fmt.Errorf("apply migration %d: %w", n, err)
		}
	}
	return from, nil
}

// step applies one script and its number together.
func step(ctx context.Context, conn *pgx.Conn, n int, script string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Conn().PgConn().Exec(ctx, script).ReadAll(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, setVersion, n)
		return err
	})
}

// version reads 0 from a database that has never been migrated.
func version(ctx context.Context, conn *pgx.Conn) (int, error) {
	var n int
	err := conn.QueryRow(ctx, getVersion).Scan(&n)
	if undefinedTable(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return n, nil
}
