package testdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

func createDatabase(ctx context.Context, c embedded.Cluster, name, template string) error {
	return execute(ctx, c, fmt.Sprintf("create database %s template %s strategy wal_log",
		pgx.Identifier{name}.Sanitize(), pgx.Identifier{template}.Sanitize()))
}

func dropDatabase(ctx context.Context, c embedded.Cluster, name string) error {
	return execute(ctx, c, fmt.Sprintf("drop database if exists %s with (force)", pgx.Identifier{name}.Sanitize()))
}

func execute(ctx context.Context, c embedded.Cluster, statement string) error {
	dsn, err := c.SuperuserDSN("postgres")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to the test cluster: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
