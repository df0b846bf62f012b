package up

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/tenants"
)

// errNoDomain: the control plane's database was never made.
var errNoDomain = errors.New("there is no control plane's database yet")

// domain is the control plane's database, and the domain on it.
type domain struct {
	*tenants.Store
	pool *pgxpool.Pool
}

// openDomain connects to the control plane's database as it is.
func (m *machine) openDomain(ctx context.Context) (domain, error) {
	url, err := readOr(m.layout.ControlDatabase(), func() string { return "" })
	if err == nil && url == "" {
		err = errNoDomain
	}
	if err != nil {
		return domain{}, err
	}
	pool, err := db.Open(ctx, url, 4)
	if err != nil {
		return domain{}, err
	}
	queue, err := jobs.NewQueue(pool, m.log)
	if err != nil {
		pool.Close()
		return domain{}, err
	}
	return domain{tenants.NewStore(pool, queue, m.settings.BaseDomain), pool}, nil
}

// migratedDomain connects to it, and brings it to this version's schema.
func (m *machine) migratedDomain(ctx context.Context) (domain, error) {
	d, err := m.openDomain(ctx)
	if err != nil {
		return d, err
	}
	if err := tenants.Migrate(ctx, d.pool); err != nil {
		d.close()
		return domain{}, err
	}
	return d, nil
}

func (d domain) close() { d.pool.Close() }
