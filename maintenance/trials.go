package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// trialsEvery is how late an IP filter may come back for those whom its successor shuts out.
const trialsEvery = time.Second

// hoursEvery is how late a rule may go that lets nobody in any more.
const hoursEvery = 5 * time.Second

// Trials brings IP filters back whose successors were tried, and nobody has confirmed, and takes rules out of them by which owners had let
// themselves in. Several may run at once.
type Trials struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (t Trials) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { t.endHours(ctx) })
	both.Go(func() { t.revert(ctx) })
	both.Wait()
}

func (t Trials) endHours(ctx context.Context) {
	t.Rounds.Every(ctx, t.Log, hoursEvery, "end hours of owners", func(ctx context.Context) error {
		n, err := t.Store.EndHours(ctx)
		if n > 0 {
			t.Log.Info("hours are over for which owners had let themselves in by break-glass", "workspaces", n)
		}
		return err
	})
}

func (t Trials) revert(ctx context.Context) {
	t.Rounds.Every(ctx, t.Log, trialsEvery, "revert IP filters", func(ctx context.Context) error {
		n, err := t.Store.RevertIPFilters(ctx)
		if n > 0 {
			t.Log.Info("nobody has confirmed IP filters; those before are back", "workspaces", n)
		}
		return err
	})
}
