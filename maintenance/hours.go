package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// hoursEvery is how late a rule may go that lets nobody in any more.
const hoursEvery = 5 * time.Second

// Hours takes rules out of IP filters by which owners had let themselves in. Several may run at once.
type Hours struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (h Hours) Run(ctx context.Context) {
	h.Rounds.Every(ctx, h.Log, hoursEvery, "end hours of owners", func(ctx context.Context) error {
		n, err := h.Store.EndHours(ctx)
		if n > 0 {
			h.Log.Info("hours are over for which owners had let themselves in by break-glass", "workspaces", n)
		}
		return err
	})
}
