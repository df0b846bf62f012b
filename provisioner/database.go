package provisioner

import (
	"context"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

func (r *Run) database(row dbsql.Storage, password string) database {
	return database{name: row.DatabaseName, role: row.RoleName, password: password, template: r.cell.Outputs.Database.Template, mark: r.shown()}
}

// createDatabase makes the role and the database of a storage. A claimed blank has them already.
func createDatabase(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return err
	}
	if row.State != storageMaking {
		return r.midway(ctx)
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return err
	}
	db := r.database(row, keys.Database)
	if err := db.putRole(ctx, r.cell.Databases); err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return db.put(ctx, r.cell.Databases)
}

// dropDatabase removes database and role. Without a storage there is nothing to remove.
func dropDatabase(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	return r.database(row, "").drop(ctx, r.cell.Databases, func() error { return r.midway(ctx) })
}
