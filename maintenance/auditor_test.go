package maintenance

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// cabinet is an archive in memory, which may be out of reach.
type cabinet struct {
	mu       sync.Mutex
	away     error
	kept     []int64
	heads    int
	restores int
}

// Keep implements Archive.
func (c *cabinet) Keep(_ context.Context, number int64, a audit.Archived) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		c.kept, c.heads = append(c.kept, number), c.heads+len(a.Heads)
	}
	return c.away
}

// KeepRestore implements Archive.
func (c *cabinet) KeepRestore(context.Context, audit.Signed) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		c.restores++
	}
	return c.away
}

func (b *bundle) auditor() (Auditor, *cabinet) {
	c := &cabinet{}
	return Auditor{Store: b.store, Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), Archive: c, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}, c
}

// numbers are the checkpoints of the database.
func (b *bundle) checkpoints() (n int64) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), "select count(*) from audit_checkpoints").Scan(&n))
	return n
}

func TestACheckpointIsMadeAndArchivedEveryHour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, c := b.auditor()
	for _, at := range []struct {
		move time.Duration
		want int64
	}{{0, 1}, {time.Minute, 1}, {58 * time.Minute, 1}, {time.Minute, 2}, {time.Minute, 2}, {59 * time.Minute, 3}, {5 * time.Hour, 4}} {
		b.move(at.move)
		b.must(a.checkpoint(t.Context()))
		if n := b.checkpoints(); n != at.want || int64(len(c.kept)) != n {
			t.Errorf("after %s there are %d checkpoints, %d of them archived, want %d", at.move, n, len(c.kept), at.want)
		}
	}
	if c.heads == 0 {
		t.Error("nobody who has only the archive knows what checkpoints say")
	}
}

func TestWhatCouldNotBeArchivedIsArchivedLater(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, c := b.auditor()
	b.must(b.store.Restored(t.Context(), b.now(), a.Key))
	c.away = errors.New("out of reach")
	for range 3 {
		if err := a.checkpoint(t.Context()); !errors.Is(err, c.away) {
			t.Errorf("%v", err)
		}
		b.move(time.Hour)
	}
	if n := b.checkpoints(); n != 3 || len(c.kept) != 0 {
		t.Errorf("%d checkpoints, %d archived", n, len(c.kept))
	}
	if s, err := b.store.AuditState(t.Context()); err != nil || s.Unarchived != 4 {
		t.Errorf("%+v, %v", s, err)
	}
	c.away = nil
	for range 2 {
		b.must(a.checkpoint(t.Context()))
	}
	if len(c.kept) != 4 || c.kept[0] != 1 || c.kept[3] != 4 || c.restores != 1 {
		t.Errorf("%+v", c)
	}
}

// TestAnEndIsUnderACheckpoint: what happened since the last one is signed when the workers end.
func TestAnEndIsUnderACheckpoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, c := b.auditor()
	b.must(a.checkpoint(t.Context()))
	b.happen("late")
	ctx, end := context.WithCancel(t.Context())
	end()
	a.Run(ctx)
	if n := b.checkpoints(); n != 2 || len(c.kept) != 2 {
		t.Errorf("%d checkpoints, %d archived", n, len(c.kept))
	}
	if s, err := b.store.AuditState(t.Context()); err != nil || s.Unsealed != 0 || s.Unarchived != 0 || !s.LastAt.Equal(b.now()) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestWhatIsNotSignedKeepsNothingFromTheArchive: a chain that somebody rewrote is an error each time, and no reason to keep checkpoints.
func TestWhatIsNotSignedKeepsNothingFromTheArchive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, c := b.auditor()
	b.must(a.checkpoint(t.Context()))
	_, err := b.pool.Exec(t.Context(), "begin; set local session_replication_role = replica; update audit_seals set hash = sha256(hash) where chain = '"+b.tenant.String()+"'; commit")
	b.must(err)
	b.move(time.Hour)
	if err := a.checkpoint(t.Context()); err == nil || len(c.kept) != 2 {
		t.Errorf("%v, %d archived", err, len(c.kept))
	}
}
