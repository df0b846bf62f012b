// Package store owns the way to a workspace's database: the pool, its schema's version and its transactions. It never
// knows what the rows mean; the queries stand beside their owners.
package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	maxConnections = 8
	idleConnection = 30 * time.Second // an idle workspace holds no connection
)

// DB is one workspace's database.
type DB struct {
	*dbsql.Queries
	pool *pgxpool.Pool
}

// Open prepares a pool without connecting. The source is a libpq URL or key=value string; it holds a password, so
// no error repeats it. dial opens its connections, nil: it does so by itself.
func Open(source string, dial broker.Dial) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(source)
	if err != nil {
		return nil, errors.New("it is no PostgreSQL connection URL or key=value string")
	}
	cfg.MinConns = 0
	cfg.MaxConns = maxConnections
	cfg.MaxConnIdleTime = idleConnection
	cfg.HealthCheckPeriod = idleConnection
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	DialWith(cfg.ConnConfig, dial)
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	return &DB{Queries: dbsql.New(pool), pool: pool}, nil
}

// DialWith has a connection opened by dial unless that is nil, to the address as it is configured: a name is looked up by who
// connects, also when a query is called off, which pgx does at the number that it was connected to.
func DialWith(cfg *pgx.ConnConfig, dial broker.Dial) {
	if dial == nil {
		return
	}
	network, address := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, network, address) }
}

// Close gives back every connection.
func (db *DB) Close() { db.pool.Close() }

// Ping asks the database for a sign of life.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// Connections is how many the pool holds now.
func (db *DB) Connections() int { return int(db.pool.Stat().TotalConns()) }

// Tx runs do in one transaction, which is committed when do returns nil.
func (db *DB) Tx(ctx context.Context, do func(q *dbsql.Queries) error) error {
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error { return do(db.WithTx(tx)) })
}

// PlannedTx is Tx with plans that are made once for all parameters, on each connection. It is for statements of many parts that look nothing up but by keys: to plan them
// for the parameters that they have takes longer than to do them, and PostgreSQL can't tell.
func (db *DB) PlannedTx(ctx context.Context, do func(q *dbsql.Queries) error) error {
	return pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{BeginQuery: beginPlanned}, func(tx pgx.Tx) error { return do(db.WithTx(tx)) })
}

// Missing reports that a query for one row found none.
func Missing(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// Violates reports that a write broke the named constraint.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// Unstorable reports that a text can't be kept, such as one with a NUL byte: the client's fault, not ours.
func Unstorable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "22021" || pg.Code == "22P05" || pg.Code == "22P02")
}

// NoRoom reports that the disk of the database is full.
func NoRoom(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53100" // disk_full
}
