package maintenance

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// backupsEvery is how late a backup may be asked for.
const backupsEvery = 30 * time.Second

// Backups has workspaces backed up each at its time of the day, and lets backups expire. Several may run at once.
type Backups struct {
	Store  *tenants.Store
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (b Backups) Run(ctx context.Context) {
	b.Rounds.Every(ctx, b.Log, backupsEvery, "ask for backups", b.round)
}

func (b Backups) round(ctx context.Context) error {
	due, err := b.Store.BackUpDue(ctx)
	if due > 0 {
		b.Log.Info("workspaces are backed up, as it is their time of the day", "workspaces", due)
	}
	over, wrong := b.Store.ExpireDue(ctx)
	if over > 0 {
		b.Log.Info("backups expire", "workspaces", over)
	}
	return errors.Join(err, wrong)
}
