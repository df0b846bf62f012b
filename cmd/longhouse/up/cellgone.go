package up

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/tenants"
)

//go:embed inhabitants.sql
var inhabitants string

// cellGone refuses to make an empty cluster for the cell where the workspaces' databases should be, as after a restore to a machine to
// which they were not brought back yet. Where one is wanted all the same, the cell is compared with the database before
// anybody works in it.
func (m *machine) cellGone(ctx context.Context) error {
	major, err := m.cellCluster().Major()
	if err != nil || major != 0 {
		return err
	}
	if major, err = m.controlCluster().Major(); err != nil || major == 0 {
		return err
	}
	if err := m.keepDatabase(ctx); err != nil {
		return err
	}
	domain, err := m.openDomain(ctx)
	if errors.Is(err, errNoDomain) { // the first start was interrupted
		return nil
	}
	if err != nil {
		return err
	}
	defer domain.close()
	n, err := livingInCell(ctx, domain.pool)
	if err != nil || n == 0 {
		return err
	}
	if m.options.EmptyCell {
		if err := tenants.Migrate(ctx, domain.pool); err != nil {
			return err
		}
		return domain.Compare(ctx, cellName)
	}
	return fmt.Errorf("the PostgreSQL cluster of the cell, %s, is not there, and %d workspaces keep their data in it: bring it back first, with the objects; "+
		"if it is gone for good, `longhouse up --empty-cell` makes a new one, and `longhouse cells accept-loss %s` closes these workspaces", m.layout.CellCluster(), n, cellName)
}

// livingInCell is how many workspaces keep their data in the cell.
func livingInCell(ctx context.Context, pool *pgxpool.Pool) (n int64, err error) {
	err = pool.QueryRow(ctx, inhabitants, cellName).Scan(&n)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "42P01" { // undefined_table: the first start was interrupted
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count who lives in the cell: %w", err)
	}
	return n, nil
}
