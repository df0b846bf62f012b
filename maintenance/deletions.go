package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	deletionsEvery = time.Second      // how late a removal may be asked for
	remindersEvery = 10 * time.Second // how late a mail may tell that one comes
)

// Deletions asks for the removal of workspaces whose date has come, and tells of it before. Several may run at once.
type Deletions struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (d Deletions) Run(ctx context.Context) {
	var going sync.WaitGroup
	going.Go(func() {
		d.Rounds.Every(ctx, d.Log, remindersEvery, "remind of removals", func(ctx context.Context) error {
			_, err := d.Store.RemindOfRemovals(ctx)
			return err
		})
	})
	d.Rounds.Every(ctx, d.Log, deletionsEvery, "remove what is due", func(ctx context.Context) error {
		n, err := d.Store.RemoveDue(ctx)
		if n > 0 {
			d.Log.Info("the date of workspaces has come; they are being removed", "workspaces", n)
		}
		return err
	})
	going.Wait()
}
