package terraform

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

func createDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	return ddl(ctx, conn, "create database %s template template0 encoding 'UTF8' strategy wal_log", name)
}

func seal(ctx context.Context, conn *pgx.Conn, name string, sealed bool) error {
	if !sealed {
		return ddl(ctx, conn, "alter database %s with is_template false", name)
	}
	if err := ddl(ctx, conn, "revoke all on database %s from public", name); err != nil {
		return err
	}
	return ddl(ctx, conn, "alter database %s with is_template true", name)
}

func createExtension(ctx context.Context, conn *pgx.Conn, name string) error {
	return ddl(ctx, conn, "create extension if not exists %s", name)
}

func dropDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	return ddl(ctx, conn, "drop database %s with (force)", name)
}

func ddl(ctx context.Context, conn *pgx.Conn, statement, identifier string) error {
	statement = fmt.Sprintf(statement, pgx.Identifier{identifier}.Sanitize())
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
