package provisioner

// The one file of this package with SQL in Go: names of databases and roles can't be parameters.

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What a workspace may use of the cell's database server.
const (
	roleConnections  = 20
	statementTimeout = "60s"
	idleInTxTimeout  = "60s"
)

// database is what is made in a cell's PostgreSQL for one storage.
type database struct {
	name, role, password string
	template             string
	mark                 string // the operation's id, kept as a comment
}

// putRole makes the role, or brings it to what it shall be.
func (d database) putRole(ctx context.Context, pool *pgxpool.Pool) error {
	role := pgx.Identifier{d.role}.Sanitize()
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// A statement that fails is logged by the server, and this one has a password in it.
		if _, err := tx.Exec(ctx, "set local log_min_error_statement = panic; set local log_statement = 'none'"); err != nil {
			return fmt.Errorf("keep passwords out of the server's log: %w", err)
		}
		var there bool
		if err := tx.QueryRow(ctx, "select exists (select from pg_roles where rolname = $1)", d.role).Scan(&there); err != nil {
			return fmt.Errorf("look role %s up: %w", d.role, err)
		}
		verb := "create"
		if there {
			verb = "alter"
		}
		statements := fmt.Sprintf(`%s role %s login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit %d password %s;
			alter role %s set statement_timeout = '%s';
			alter role %s set idle_in_transaction_session_timeout = '%s';
			comment on role %s is %s`,
			verb, role, roleConnections, literal(d.password), role, statementTimeout, role, idleInTxTimeout, role, literal(d.mark))
		if _, err := tx.Exec(ctx, statements); err != nil {
			return fmt.Errorf("%s role %s: %w", verb, d.role, err)
		}
		return nil
	})
}

// aloneIdle is how long a worker that sleeps may keep others from a database between two statements.
const aloneIdle = "5s"

// alone does what nobody does to the same database meanwhile: also not the server, for a worker that has died.
func (d database) alone(ctx context.Context, pool *pgxpool.Pool, do func(conn *pgxpool.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the server of database %s: %w", d.name, err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "set idle_session_timeout = '"+aloneIdle+"'"); err != nil {
		return fmt.Errorf("bound a session: %w", err)
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtextextended($1, 0))", d.name); err != nil {
		return fmt.Errorf("wait for database %s: %w", d.name, err)
	}
	defer func() { // else it ends with the session
		_, _ = conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock(hashtextextended($1, 0))", d.name)
		_, _ = conn.Exec(context.WithoutCancel(ctx), "reset idle_session_timeout")
	}()
	return do(conn)
}

// put makes the database from the template, if it is not there, and lets nobody but its role in.
func (d database) put(ctx context.Context, pool *pgxpool.Pool) error {
	return d.alone(ctx, pool, func(conn *pgxpool.Conn) error { return d.putAlone(ctx, conn) })
}

func (d database) putAlone(ctx context.Context, conn *pgxpool.Conn) error {
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", d.name).Scan(&there); err != nil {
		return fmt.Errorf("look database %s up: %w", d.name, err)
	}
	name, role := pgx.Identifier{d.name}.Sanitize(), pgx.Identifier{d.role}.Sanitize()
	if !there {
		// allow_connections keeps everybody out until the rights are settled.
		create := fmt.Sprintf("create database %s template %s strategy wal_log owner %s allow_connections false", name,
			pgx.Identifier{d.template}.Sanitize(), role)
		if _, err := conn.Exec(ctx, create); err != nil {
			return fmt.Errorf("create database %s: %w", d.name, err)
		}
	}
	for _, statement := range []string{
		"revoke all on database " + name + " from public",
		"grant connect, temporary on database " + name + " to " + role,
		"comment on database " + name + " is " + literal(d.mark),
		"alter database " + name + " with allow_connections true",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("settle the rights on database %s: %w", d.name, err)
		}
	}
	return nil
}

// drop removes the database, whoever is connected, and then the role.
func (d database) drop(ctx context.Context, pool *pgxpool.Pool, between func() error) error {
	err := d.alone(ctx, pool, func(conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{d.name}.Sanitize()+" with (force)")
		return err
	})
	if err != nil {
		return fmt.Errorf("drop database %s: %w", d.name, err)
	}
	if err := between(); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, "drop role if exists "+pgx.Identifier{d.role}.Sanitize()); err != nil {
		return fmt.Errorf("drop role %s: %w", d.role, err)
	}
	return nil
}

// owned lists the databases and roles of the cell that look like a workspace's.
func owned(ctx context.Context, pool *pgxpool.Pool) (databases, roles []string, err error) {
	rows, err := pool.Query(ctx, `select datname, true from pg_database where datname ~ '^ws_[0-9a-z]{26}$'
		union all select rolname, false from pg_roles where rolname ~ '^ws_[0-9a-z]{26}$'`)
	if err != nil {
		return nil, nil, fmt.Errorf("list databases and roles: %w", err)
	}
	var name string
	var isDatabase bool
	_, err = pgx.ForEachRow(rows, []any{&name, &isDatabase}, func() error {
		if isDatabase {
			databases = append(databases, name)
		} else {
			roles = append(roles, name)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list databases and roles: %w", err)
	}
	return databases, roles, nil
}

// literal quotes text as an SQL string.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
