package terraform

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// PostgresDatabases carries out Databases in the cluster that it is a superuser of.
type PostgresDatabases struct {
	AdminURL string // any database; holds the password, and never reaches terraform
}

var (
	//go:embed template_observe.sql
	observeTemplate string
	//go:embed template_extensions.sql
	settledExtensions string
	//go:embed template_installable.sql
	installableExtensions string
)

// EnsureTemplate is safe to repeat after a crash at any point.
func (p PostgresDatabases) EnsureTemplate(ctx context.Context, t Template) error {
	admin, err := p.connect(ctx, "")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, exists, err := isSealed(ctx, admin, t.Name); err != nil {
		return err
	} else if !exists {
		if err := createDatabase(ctx, admin, t.Name); err != nil {
			return err
		}
	}
	if err := p.install(ctx, t); err != nil {
		return err
	}
	return seal(ctx, admin, t.Name, t.Sealed)
}

func (p PostgresDatabases) install(ctx context.Context, t Template) error {
	inside, err := p.connect(ctx, t.Name)
	if err != nil {
		return err
	}
	defer inside.Close(ctx)
	installable, err := names(ctx, inside, installableExtensions, t.Extensions)
	if err != nil {
		return err
	}
	for _, name := range installable {
		if err := createExtension(ctx, inside, name); err != nil {
			return err
		}
	}
	return nil
}

// Template looks into the template itself, if there is one.
func (p PostgresDatabases) Template(ctx context.Context, t Template) (Template, bool, error) {
	admin, err := p.connect(ctx, "")
	if err != nil {
		return Template{}, false, err
	}
	defer admin.Close(ctx)
	sealed, exists, err := isSealed(ctx, admin, t.Name)
	if err != nil || !exists {
		return Template{}, false, err
	}
	inside, err := p.connect(ctx, t.Name)
	if err != nil {
		return Template{}, false, err
	}
	defer inside.Close(ctx)
	settled, err := names(ctx, inside, settledExtensions, t.Extensions)
	if err != nil {
		return Template{}, false, err
	}
	return Template{Name: t.Name, Extensions: settled, Sealed: sealed}, true, nil
}

// DropTemplate ends what sessions the template has.
func (p PostgresDatabases) DropTemplate(ctx context.Context, name string) error {
	admin, err := p.connect(ctx, "")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, exists, err := isSealed(ctx, admin, name); err != nil || !exists {
		return err
	}
	if err := seal(ctx, admin, name, false); err != nil {
		return err
	}
	return dropDatabase(ctx, admin, name)
}

// connect opens a session in a database, in the one that AdminURL names if it is empty.
func (p PostgresDatabases) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(p.AdminURL)
	if err != nil {
		return nil, errors.New("the cell's admin URL is no PostgreSQL URL") // the parser's words could hold the password
	}
	if database != "" {
		config.Database = database
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the cell's database %s: %w", config.Database, err)
	}
	return conn, nil
}

func isSealed(ctx context.Context, conn *pgx.Conn, name string) (sealed, exists bool, err error) {
	err = conn.QueryRow(ctx, observeTemplate, name).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("look for database %s: %w", name, err)
	}
	return sealed, true, nil
}

func names(ctx context.Context, conn *pgx.Conn, query string, among []string) ([]string, error) {
	rows, err := conn.Query(ctx, query, among)
	if err != nil {
		return nil, fmt.Errorf("look for extensions: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for extensions: %w", err)
	}
	return found, nil
}
