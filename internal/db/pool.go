package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// hangs is how long a process that hangs inside a transaction may hold its locks: then the server ends its session, and
// whoever waited goes on.
const hangs = 10 * time.Second

// Open returns a pool on the database that url names, and has reached it once. An error never holds the url, as that
// has a password in it.
func Open(ctx context.Context, url string, maxConns int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil || url == "" { // an empty one is a good one to pgx
		return nil, errors.New("the database URL is not of the form postgres://user:password@host/database")
	}
	config.MaxConns = maxConns
	config.MinConns = 0
	config.MaxConnIdleTime = time.Minute
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(hangs.Milliseconds(), 10)
	// What a process that died had begun is not finished for nobody, beside what its heir does.
	config.ConnConfig.RuntimeParams["client_connection_check_interval"] = "100"
	// Else a uuid.UUID goes through its text, and fails once on the way: with thousands at a time that is most of the work.
	config.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		pgxuuid.Register(c.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", config.ConnConfig.Database, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database %s: %w", config.ConnConfig.Database, Plainly(err))
	}
	return pool, nil
}

// Violates reports whether err is a violation of the named constraint or unique index.
func Violates(err error, constraint string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.ConstraintName == constraint
}
