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
