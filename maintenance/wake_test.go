package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// TestWhatGotItsPlaceGoesOutWithoutWaiting has a courier that looks by itself once an hour.
func TestWhatGotItsPlaceGoesOutWithoutWaiting(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	b.hook(r.URL)
	b.courier.every = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.courier.Run(ctx) })
	auditor := Auditor{Store: b.store, Sealed: b.courier.Sealed(), Log: slog.New(slog.DiscardHandler)}
	want := ""
	for _, name := range []string{"a", "b", "c"} {
		// A webhook that a lane has in hand is passed over, and looked at in the next round.
		eventually(t, "nobody has it in hand", func() bool {
			var held bool
			b.must(b.pool.QueryRow(t.Context(), "select bool_or(lease_until is not null) from webhooks").Scan(&held))
			return !held
		})
		_, _, err := b.store.CreateToken(t.Context(), b.owner, b.tenant, token(name))
		b.must(err)
		want += " " + name
		eventually(t, name+" arrives", func() bool {
			b.must(auditor.seal(t.Context()))
			return " "+r.names() == want
		})
	}
	cancel()
	running.Wait()
}
