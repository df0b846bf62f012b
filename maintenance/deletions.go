package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// deletionsEvery is how late a removal may be asked for.
const deletionsEvery = time.Second

// Deletions asks for the removal of workspaces whose date has come. Several may run at once.
type Deletions struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (d Deletions) Run(ctx context.Context) {
	d.Rounds.Every(ctx, d.Log, deletionsEvery, "remove what is due", func(ctx context.Context) error {
		n, err := d.Store.RemoveDue(ctx)
		if n > 0 {
			d.Log.Info("the date of workspaces has come; they are being removed", "workspaces", n)
		}
		return err
	})
}
