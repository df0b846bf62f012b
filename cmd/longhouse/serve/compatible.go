package serve

import (
	"context"
	"errors"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Compatible returns nil when this version can work with the control plane's database, if need be after migrating it.
func Compatible(ctx context.Context, layout datadir.Layout) error {
	url, err := secretFile(layout.ControlDatabase())
	if err != nil {
		return err
	}
	pool, err := db.Open(ctx, url, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := db.Current(ctx, pool, tenants.Migrations()); !errors.Is(err, db.ErrOlderSchema) {
		return err
	}
	return nil
}
