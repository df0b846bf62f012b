package provisioner

// A query of the system's own catalogue, which the generator of queries does not know.

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// serverLoad is how full a database server is.
type serverLoad struct {
	Bytes    int64 // of all databases
	Sessions int64
	Most     int64 // sessions that those who are not superusers may have together
}

func loadOf(ctx context.Context, pool *pgxpool.Pool) (serverLoad, error) {
	rows, _ := pool.Query(ctx, `
		select (select coalesce(sum(pg_database_size(oid)), 0)::bigint from pg_database where datallowconn) as bytes,
		       (select count(*) from pg_stat_activity where backend_type = 'client backend') as sessions,
		       current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint as most`)
	load, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[serverLoad])
	if err != nil {
		return load, fmt.Errorf("ask the database server: %w", err)
	}
	return load, nil
}

// mostSessions is how many those who are not superusers may have together.
func mostSessions(ctx context.Context, pool *pgxpool.Pool) (most int, err error) {
	err = pool.QueryRow(ctx, "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int").Scan(&most)
	if err != nil {
		return 0, fmt.Errorf("ask the database server how many sessions it takes: %w", err)
	}
	return most, nil
}

// closeServer takes from everybody what PostgreSQL gives them in the databases that every cluster has.
func closeServer(ctx context.Context, conn *pgx.Conn) error {
	rows, _ := conn.Query(ctx, "select datname from pg_database where datname in ('postgres', 'template1') and (datacl is null or array_to_string(datacl, ',') ~ '(^|,)=')")
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for open databases: %w", err)
	}
	for _, name := range open {
		if _, err := conn.Exec(ctx, "revoke all on database "+pgx.Identifier{name}.Sanitize()+" from public"); err != nil {
			return fmt.Errorf("close database %s: %w", name, err)
		}
	}
	return nil
}
