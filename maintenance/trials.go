package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// trialsEvery is how late an IP filter may come back for those whom its successor shuts out.
const trialsEvery = time.Second

// Trials brings IP filters back whose successors were tried, and nobody has confirmed. Several may run at once.
type Trials struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (t Trials) Run(ctx context.Context) {
	t.Rounds.Every(ctx, t.Log, trialsEvery, "revert IP filters", func(ctx context.Context) error {
		n, err := t.Store.RevertIPFilters(ctx)
		if n > 0 {
			t.Log.Info("nobody has confirmed IP filters; those before are back", "workspaces", n)
		}
		return err
	})
}
