package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// wakesEvery is how late a workspace may be woken for what is due in it, of the seconds that it is woken ahead.
const wakesEvery = time.Second

// Wakes has hibernated workspaces woken in which something is due. Several may run at once.
type Wakes struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (w Wakes) Run(ctx context.Context) {
	w.Rounds.Every(ctx, w.Log, wakesEvery, "wake what is due", func(ctx context.Context) error {
		n, err := w.Store.WakeDue(ctx)
		if n > 0 {
			w.Log.Info("something is due in hibernated workspaces; they are woken", "workspaces", n)
		}
		return err
	})
}
