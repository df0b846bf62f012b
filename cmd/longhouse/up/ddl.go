package up

// The one file of this package with SQL in Go: names of databases and roles can't be parameters.

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/embedded"
)

// cellNaptime is how often autovacuum looks at each of the cell's databases.
const cellNaptime = 5 * time.Minute

// ensureDatabase makes a database and a role that owns it, both called name, and keeps the URL that opens it in a file
// of the one who needs it. The file is written before the role has its password, so that a crash between the two is
// mended by the next start.
func (m *machine) ensureDatabase(ctx context.Context, c embedded.Cluster, name, file string, owner int) (string, error) {
	url, err := readOr(file, func() string { return c.DSN(name, name, rand.Text()+rand.Text()) })
	if err != nil {
		return "", err
	}
	if err := datadir.WriteFile(file, []byte(url), 0o600, owner); err != nil {
		return "", err
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "", fmt.Errorf("%s does not hold a database URL", file)
	}
	conn, err := asSuperuser(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return url, settleDatabase(ctx, conn, name, config.Password)
}

// closeCell keeps the workspaces' roles out of the databases that every cluster has, into which PostgreSQL lets
// everybody.
func (m *machine) closeCell(ctx context.Context) error {
	conn, err := asSuperuser(ctx, m.cellCluster())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, name := range []string{"postgres", "template1"} {
		if _, err := conn.Exec(ctx, "revoke all on database "+pgx.Identifier{name}.Sanitize()+" from public"); err != nil {
			return fmt.Errorf("close database %s: %w", name, err)
		}
	}
	return nil
}

func asSuperuser(ctx context.Context, c embedded.Cluster) (*pgx.Conn, error) {
	super, err := c.SuperuserDSN("postgres")
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", c.Name, db.Plainly(err))
	}
	return conn, nil
}

func settleDatabase(ctx context.Context, conn *pgx.Conn, name, password string) error {
	var role, database bool
	err := conn.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1), exists (select from pg_database where datname = $1)`, name).Scan(&role, &database)
	if err != nil {
		return fmt.Errorf("look database %s up: %w", name, err)
	}
	quoted, verb := pgx.Identifier{name}.Sanitize(), "create"
	if role {
		verb = "alter"
	}
	// A statement that fails is logged by the server, and the second one has a password in it.
	statements := []string{"set log_min_error_statement = panic", verb + " role " + quoted + " login password '" + strings.ReplaceAll(password, "'", "''") + "'"}
	if !database {
		statements = append(statements, "create database "+quoted+" owner "+quoted)
	}
	statements = append(statements, "revoke all on database "+quoted+" from public")
	for i, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("set database %s up, statement %d: %w", name, i+1, err)
		}
	}
	return nil
}
