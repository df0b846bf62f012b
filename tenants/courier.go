package tenants

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// webhookLease is longer than an attempt takes, before each of which it is renewed.
const webhookLease = 15 * time.Second

// ErrLeaseLost is returned to a courier whose webhook somebody else took over, or a member removed.
var ErrLeaseLost = errors.New("the lease on the webhook is lost")

// Claim is a courier's right to deliver to a webhook.
type Claim struct {
	Webhook uuid.UUID
	Tenant  uuid.UUID
	epoch   int64
}

// Parcel is what goes to a webhook next.
type Parcel struct {
	Delivery
	URL  string
	Keys [][]byte // that sign it, the newest first
}

// SlowAfter is how long an attempt takes that makes a webhook a slow one, until the next attempt.
const SlowAfter = time.Second

// Claim takes webhooks to which something is to be delivered, those that wait longest first: the slow ones, or the others.
func (w *Webhooks) Claim(ctx context.Context, owner string, slow bool, most int) ([]Claim, error) {
	rows, err := dbsql.New(w.store.pool).ClaimWebhooks(ctx, dbsql.ClaimWebhooksParams{Owner: owner, Seconds: webhookLease.Seconds(), Now: w.store.now(), Slow: slow, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("claim webhooks: %w", err)
	}
	claims := make([]Claim, len(rows))
	for i, row := range rows {
		claims[i] = Claim{Webhook: row.ID, Tenant: row.TenantID, epoch: row.Epoch}
	}
	return claims, nil
}

// Next renews the claim and returns what goes out now, or nil, when the claim is given back.
func (w *Webhooks) Next(ctx context.Context, c Claim) (p *Parcel, err error) {
	err = w.fenced(ctx, c, func(q *dbsql.Queries, hook dbsql.Webhook) error {
		now := w.store.now()
		ready := hook.Enabled && (hook.RetryAt == nil || !hook.RetryAt.After(now))
		row, err := q.NextDelivery(ctx, dbsql.NextDeliveryParams{WebhookID: hook.ID, Events: ready})
		if errors.Is(err, pgx.ErrNoRows) {
			return w.settle(ctx, q, hook, ready)
		}
		if err != nil {
			return fmt.Errorf("read what goes to webhook %s: %w", hook.ID, err)
		}
		if err := q.RenewWebhook(ctx, dbsql.RenewWebhookParams{ID: hook.ID, Seconds: webhookLease.Seconds()}); err != nil {
			return fmt.Errorf("renew the lease on webhook %s: %w", hook.ID, err)
		}
		p = &Parcel{Delivery: delivery(row), URL: hook.Url}
		p.Keys, err = w.signers(hook, now)
		return err
	})
	return p, err
}

// settle gives the claim back: nothing is to be done until what failed may be tried again, or something comes.
func (w *Webhooks) settle(ctx context.Context, q *dbsql.Queries, hook dbsql.Webhook, ready bool) error {
	due := hook.RetryAt
	if ready || !hook.Enabled {
		due = nil
	}
	if err := q.SettleWebhook(ctx, dbsql.SettleWebhookParams{ID: hook.ID, DueAt: due}); err != nil {
		return fmt.Errorf("give webhook %s back: %w", hook.ID, err)
	}
	return nil
}

// Release gives a claim back before everything is delivered, to be taken again after so long. Others that are due by then have
// their turn first.
func (w *Webhooks) Release(ctx context.Context, c Claim, after time.Duration) error {
	if err := dbsql.New(w.store.pool).ReleaseWebhook(ctx, dbsql.ReleaseWebhookParams{ID: c.Webhook, Epoch: c.epoch, Now: w.store.now().Add(after)}); err != nil {
		return fmt.Errorf("give webhook %s back: %w", c.Webhook, err)
	}
	return nil
}

// FreeOf gives back what couriers have claimed that are dead, so that nobody waits for the end of their leases.
func (w *Webhooks) FreeOf(ctx context.Context, dead func(owner string) bool) error {
	q := dbsql.New(w.store.pool)
	owners, err := q.WebhookLeaseOwners(ctx)
	if err != nil {
		return fmt.Errorf("look at the leases of webhooks: %w", err)
	}
	for _, owner := range owners {
		if !dead(owner) {
			continue
		}
		if err := q.FreeWebhooks(ctx, owner); err != nil {
			return fmt.Errorf("free the webhooks of %s: %w", owner, err)
		}
	}
	return nil
}

// Record writes down an attempt, and what follows from it: an acknowledged delivery is done, a failure makes the webhook
// wait, and too long a failure disables it.
func (w *Webhooks) Record(ctx context.Context, c Claim, d Delivery, a Attempt) error {
	return w.fencedTx(ctx, c, func(tx pgx.Tx, hook dbsql.Webhook) error {
		q := dbsql.New(tx)
		var code *int32
		if a.Status != 0 {
			n := int32(a.Status)
			code = &n
		}
		err := q.AddAttempt(ctx, dbsql.AddAttemptParams{DeliveryID: d.ID, Number: int32(d.Attempts + 1), At: a.At, TookMs: int32(a.Took.Milliseconds()),
			Outcome: string(a.Outcome), Status: code, Message: storable(a.Message), Answer: storable(a.Answer)})
		if err != nil {
			return fmt.Errorf("write down an attempt of delivery %s: %w", d.ID, err)
		}
		if err := w.advance(ctx, q, d, a); err != nil {
			return err
		}
		if err := q.WebhookSlow(ctx, dbsql.WebhookSlowParams{ID: hook.ID, Slow: a.Took >= SlowAfter}); err != nil {
			return fmt.Errorf("write down how fast webhook %s is: %w", hook.ID, err)
		}
		switch {
		case a.Outcome == Acknowledged:
			err = q.WebhookWell(ctx, hook.ID)
		case d.Test || !hook.Enabled: // says nothing about what waits
		default:
			err = w.failed(ctx, tx, hook, a)
		}
		if err != nil {
			return fmt.Errorf("write down how webhook %s is: %w", hook.ID, err)
		}
		return nil
	})
}

// advance moves a delivery to where the attempt leads it.
func (w *Webhooks) advance(ctx context.Context, q *dbsql.Queries, d Delivery, a Attempt) error {
	next := DeliveryWaiting
	switch {
	case a.Outcome == Acknowledged:
		next = Delivered
	case d.Test:
		next = DeliveryFailed
	}
	set := dbsql.SetDeliveryParams{ID: d.ID, State: string(next)}
	if next != DeliveryWaiting {
		now := w.store.now()
		set.FinishedAt = &now
	}
	if err := q.SetDelivery(ctx, set); err != nil {
		return fmt.Errorf("write down how delivery %s is: %w", d.ID, err)
	}
	return nil
}

func (w *Webhooks) failed(ctx context.Context, tx pgx.Tx, hook dbsql.Webhook, a Attempt) error {
	q, now := dbsql.New(tx), w.store.now()
	certain, err := w.store.certain(ctx, q)
	if err != nil {
		return err
	}
	since := now
	if hook.FailingSince != nil {
		since = *hook.FailingSince
	}
	reason := NotDisabled
	switch {
	case a.Status == http.StatusGone:
		reason = DisabledGone
	case certain.Sub(since) >= giveUpAfter:
		reason = DisabledFailing
	}
	if reason == NotDisabled {
		failures := hook.Failures + 1
		return q.WebhookFailed(ctx, dbsql.WebhookFailedParams{ID: hook.ID, Failures: failures, Since: since,
			RetryAt: now.Add(pause(int(failures), a.RetryAfter, rand.Float64()))})
	}
	if err := q.DisableWebhook(ctx, dbsql.DisableWebhookParams{ID: hook.ID, Reason: string(reason), Now: now}); err != nil {
		return err
	}
	err = w.store.record(ctx, tx, Event{Tenant: &hook.TenantID, Actor: System, Action: "webhook.disable", Subject: id.Show(id.Webhook, hook.ID),
		Details: map[string]string{"reason": string(reason), "failing_since": since.Format(time.RFC3339)}})
	if err != nil {
		return err
	}
	return w.warn(ctx, tx, hook, since)
}

// storable is text that somebody else wrote, as the database takes it.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

func (w *Webhooks) fenced(ctx context.Context, c Claim, do func(*dbsql.Queries, dbsql.Webhook) error) error {
	return w.fencedTx(ctx, c, func(tx pgx.Tx, hook dbsql.Webhook) error { return do(dbsql.New(tx), hook) })
}

// fencedTx does something in a transaction that only the claim's holder gets.
func (w *Webhooks) fencedTx(ctx context.Context, c Claim, do func(pgx.Tx, dbsql.Webhook) error) error {
	return w.store.inTx(ctx, func(tx pgx.Tx) error {
		hook, err := dbsql.New(tx).FenceWebhook(ctx, dbsql.FenceWebhookParams{ID: c.Webhook, Epoch: c.epoch})
		if err != nil {
			return unlessMissing(err, ErrLeaseLost)
		}
		return do(tx, hook)
	})
}

// Forget removes deliveries that are older than is kept, and returns how many, and warnings of such an age.
func (w *Webhooks) Forget(ctx context.Context, most int) (int, error) {
	certain, err := w.store.Certain(ctx)
	if err != nil {
		return 0, err
	}
	before := certain.Add(-DeliveriesKept)
	n, err := dbsql.New(w.store.pool).ForgetDeliveries(ctx, dbsql.ForgetDeliveriesParams{Before: before, Most: int32(most)})
	if err != nil {
		return 0, fmt.Errorf("forget old deliveries: %w", err)
	}
	if err := dbsql.New(w.store.pool).ForgetWebhookWarnings(ctx, before); err != nil {
		return 0, fmt.Errorf("forget warnings that could not be sent: %w", err)
	}
	return int(n), nil
}

// WebhookBacklog is what couriers have not got to.
type WebhookBacklog struct {
	Due       int           // messages that could go out now
	Unwritten int           // events that webhooks were not looked through for yet, counted for each of them
	Waiting   time.Duration // for how long the one that waits longest has waited for a courier
}

// WebhookBacklog counts it.
func (s *Store) WebhookBacklog(ctx context.Context) (WebhookBacklog, error) {
	now := s.now()
	row, err := dbsql.New(s.pool).WebhookBacklog(ctx, now)
	if err != nil {
		return WebhookBacklog{}, fmt.Errorf("count what webhooks wait for: %w", err)
	}
	return WebhookBacklog{int(row.Due), int(row.Unwritten), max(0, now.Sub(row.DueSince), now.Sub(row.UnwrittenSince))}, nil
}
