package maintenance

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

const (
	sealEvery       = 500 * time.Millisecond
	checkpointEvery = time.Hour
	archiveEvery    = time.Minute // that which could not be archived is tried again so often
	lastWords       = 5 * time.Second
)

// RoundSeal is the round in which events get their places in the audit trail.
const RoundSeal = "seal the audit trail"

// Archive keeps checkpoints where who may write to the database can't reach them.
type Archive interface {
	// Keep writes a checkpoint durably. The same again changes nothing.
	Keep(ctx context.Context, number int64, kept audit.Archived) error
	// KeepRestore writes the note of a restore durably. The same again changes nothing.
	KeepRestore(ctx context.Context, note audit.Signed) error
}

// Auditor seals the audit trail, and signs how far it goes: every hour, and when it ends. Several may run at once.
type Auditor struct {
	Store   *tenants.Store
	Key     ed25519.PrivateKey
	Archive Archive
	Sealed  guard.Bell // rung when events got their places; nil: nobody waits for that
	Rounds  *rounds.Rounds
	Log     *slog.Logger
}

// Run works until ctx ends.
func (a Auditor) Run(ctx context.Context) {
	var going sync.WaitGroup
	going.Go(func() { a.Rounds.Every(ctx, a.Log, sealEvery, RoundSeal, a.seal) })
	going.Go(func() { a.Rounds.Every(ctx, a.Log, archiveEvery, "archive checkpoints", a.checkpoint) })
	going.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := a.round(closing, 0); err != nil {
		a.Log.Error("the last checkpoint was not made", "error", err)
	}
}

func (a Auditor) seal(ctx context.Context) error {
	for {
		n, err := a.Store.Seal(ctx)
		if n > 0 {
			a.Sealed.Ring()
		}
		if err != nil || n < tenants.SealMost {
			return err
		}
	}
}

// checkpoint signs when it is time, and hands over what the archive does not have.
func (a Auditor) checkpoint(ctx context.Context) error { return a.round(ctx, checkpointEvery) }

// round signs unless somebody did so within every. What could not be signed keeps nothing else from the archive.
func (a Auditor) round(ctx context.Context, every time.Duration) error {
	_, err := a.Store.Checkpoint(ctx, a.Key, every)
	return errors.Join(err, a.Store.ArchiveCheckpoints(ctx, a.Archive.Keep), a.Store.ArchiveRestores(ctx, a.Archive.KeepRestore))
}
