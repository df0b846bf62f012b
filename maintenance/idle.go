package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// idleEvery is how late a workspace may be put to rest that nobody uses; each time it is one of a tenant.
const idleEvery = 10 * time.Second

// Idle has workspaces put to rest that nobody uses. Several may run at once.
type Idle struct {
	Store  *tenants.Store
	Times  tenants.IdleTimes
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (i Idle) Run(ctx context.Context) {
	i.Rounds.Every(ctx, i.Log, idleEvery, "put to rest what nobody uses", func(ctx context.Context) error {
		n, err := i.Store.HibernateIdle(ctx, i.Times)
		if n > 0 {
			i.Log.Info("nobody uses some workspaces; they are put to rest", "workspaces", n)
		}
		return err
	})
}
