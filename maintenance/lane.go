package maintenance

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// inARow is how many deliveries a webhook gets before others that wait for a place have their turn.
const inARow = 50

// troubled is how long a webhook is left alone to which an attempt could not be prepared or written down.
const troubled = 5 * time.Second

// lane is a courier's places for webhooks that are slow, or for those that are not.
type lane struct {
	hooks  *tenants.Webhooks
	sender *Sender
	name   string
	log    *slog.Logger
	slow   bool
	places chan struct{}
	// written is rung when there is more to be delivered.
	written guard.Bell
}

// deliver begins with as many webhooks as there are places for, and does not wait for their ends.
func (l *lane) deliver(ctx context.Context, under *sync.WaitGroup) error {
	free := cap(l.places) - len(l.places)
	if free == 0 {
		return nil
	}
	claims, err := l.hooks.Claim(ctx, l.name, l.slow, free)
	if err != nil {
		return err
	}
	for _, claim := range claims {
		l.places <- struct{}{} // only this loop takes places, so that there is one
		under.Go(func() {
			defer func() { <-l.places }()
			if err := l.serve(ctx, claim); err != nil && ctx.Err() == nil {
				l.log.Error("a webhook was left", "tenant", id.Show(id.Tenant, claim.Tenant), "webhook", id.Show(id.Webhook, claim.Webhook), "error", err)
			}
		})
	}
	return nil
}

// serve brings a webhook what waits for it, until nothing does, it is in the wrong lane, or it is the turn of others.
func (l *lane) serve(ctx context.Context, claim tenants.Claim) error {
	for range inARow {
		var took time.Duration
		var more bool
		err := guard.Call(func() (err error) {
			took, more, err = l.serveOnce(ctx, claim)
			return err
		})
		if errors.Is(err, tenants.ErrLeaseLost) || err == nil && !more {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return errors.Join(err, l.release(ctx, claim, troubled))
		}
		if ctx.Err() != nil || took >= tenants.SlowAfter {
			return l.release(ctx, claim, 0)
		}
	}
	return l.release(ctx, claim, 0)
}

// serveOnce makes one attempt, or gives the claim back, when there is nothing to be done. What was begun may be acknowledged
// for a moment after ctx ended, so that it need not be sent again.
func (l *lane) serveOnce(ctx context.Context, claim tenants.Claim) (took time.Duration, more bool, err error) {
	parcel, err := l.hooks.Next(ctx, claim)
	if err != nil || parcel == nil {
		return 0, false, err
	}
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	attempt := l.sender.Send(lasting, parcel)
	if lasting.Err() != nil { // we broke it off ourselves
		return 0, true, nil
	}
	return attempt.Took, true, l.hooks.Record(lasting, claim, parcel.Delivery, attempt)
}

// release gives back what did not end by itself.
func (l *lane) release(ctx context.Context, claim tenants.Claim, after time.Duration) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return l.hooks.Release(limited, claim, after)
}
