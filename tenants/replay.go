package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Test has a message of its own go out at once, also to a webhook that is disabled or failing, and once. When a failing one
// acknowledges it, what waits follows.
func (w *Webhooks) Test(ctx context.Context, p Principal, tenant, hook uuid.UUID) (d Delivery, err error) {
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := w.lock(ctx, tx, tenant, hook); err != nil {
			return err
		}
		now, testID := w.store.now(), w.store.newID()
		message := id.Show(id.Delivery, testID)
		body, err := notification{ID: message, Type: testEvent, At: now, Tenant: id.Show(id.Tenant, tenant)}.encode()
		if err != nil {
			return err
		}
		q := dbsql.New(tx)
		row, err := q.AddTestDelivery(ctx, dbsql.AddTestDeliveryParams{ID: testID, WebhookID: hook, Message: message, Event: testEvent, Body: body, CreatedAt: now})
		if db.Violates(err, "webhook_deliveries_one_test") {
			return refuse(Conflict, "", "a test of this webhook is under way; wait for its end")
		}
		if err != nil {
			return fmt.Errorf("add a test: %w", err)
		}
		d = delivery(row)
		if err := w.hasten(ctx, q, hook, now); err != nil {
			return err
		}
		return w.record(ctx, tx, p, tenant, hook, "test", nil)
	})
	return d, err
}

func (w *Webhooks) hasten(ctx context.Context, q *dbsql.Queries, hook uuid.UUID, at time.Time) error {
	if err := q.HastenWebhook(ctx, dbsql.HastenWebhookParams{ID: hook, At: at}); err != nil {
		return fmt.Errorf("have webhook %s looked at: %w", hook, err)
	}
	return nil
}

// Replay has one message go out again, after everything that waits.
func (w *Webhooks) Replay(ctx context.Context, p Principal, tenant, hook, old uuid.UUID) (d Delivery, err error) {
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		row, err := w.lock(ctx, tx, tenant, hook)
		if err != nil {
			return err
		}
		q := dbsql.New(tx)
		before, err := q.GetDelivery(ctx, dbsql.GetDeliveryParams{ID: old, WebhookID: hook, TenantID: tenant})
		if err != nil {
			return unlessMissing(err, errNoDelivery())
		}
		if err := replayable(row, before); err != nil {
			return err
		}
		now := w.store.now()
		added, err := q.AddReplay(ctx, dbsql.AddReplayParams{ID: w.store.newID(), ReplayOf: old, CreatedAt: now})
		if err != nil {
			return fmt.Errorf("deliver %s again: %w", old, err)
		}
		d = delivery(added)
		at := now
		if row.RetryAt != nil {
			at = *row.RetryAt
		}
		if err := w.hasten(ctx, q, hook, at); err != nil {
			return err
		}
		return w.record(ctx, tx, p, tenant, hook, "replay", map[string]string{"delivery": id.Show(id.Delivery, old)})
	})
	return d, err
}

func replayable(hook dbsql.Webhook, d dbsql.WebhookDelivery) error {
	switch {
	case !hook.Enabled:
		return refuse(Conflict, "", "the webhook is disabled; enable it first")
	case d.Test:
		return refuse(Conflict, "", "a test can't be delivered again; ask for another one")
	case DeliveryState(d.State) == DeliveryWaiting:
		return refuse(Conflict, "", "the delivery waits for its turn and goes out anyway")
	}
	return nil
}

// ReplaySince has everything that happened at or after a time go out again, in its order, and then what comes after it. What
// waits of that is replaced, so that nothing goes out twice in between; what waits from before it goes out first.
func (w *Webhooks) ReplaySince(ctx context.Context, p Principal, tenant, hook uuid.UUID, since time.Time) error {
	now := w.store.now()
	if oldest := now.Add(-DeliveriesKept); since.Before(oldest) || since.After(now) {
		return refuse(Invalid, "since", "the time must be within the last %d days: from %s to now", DeliveriesKept/(24*time.Hour), oldest.Format(time.RFC3339))
	}
	return w.store.inTx(ctx, func(tx pgx.Tx) error {
		row, err := w.lock(ctx, tx, tenant, hook)
		if err != nil {
			return err
		}
		if !row.Enabled {
			return refuse(Conflict, "", "the webhook is disabled; enable it first")
		}
		q := dbsql.New(tx)
		place, err := placeBefore(ctx, q, tenant, since)
		if err != nil {
			return err
		}
		if err := q.ReplaceWaiting(ctx, dbsql.ReplaceWaitingParams{WebhookID: hook, Place: place, Now: now}); err != nil {
			return fmt.Errorf("replace what waits: %w", err)
		}
		if err := q.SetWebhookPlace(ctx, dbsql.SetWebhookPlaceParams{ID: hook, Place: min(place, row.Place), Now: now}); err != nil {
			return fmt.Errorf("set webhook %s back: %w", hook, err)
		}
		return w.record(ctx, tx, p, tenant, hook, "replay", map[string]string{"since": since.UTC().Format(time.RFC3339)})
	})
}

// placeBefore is the last place of a tenant's chain before everything that happened at or after a time.
func placeBefore(ctx context.Context, q *dbsql.Queries, tenant uuid.UUID, since time.Time) (int64, error) {
	place, err := q.PlaceBefore(ctx, dbsql.PlaceBeforeParams{Chain: tenant, Since: since})
	if err != nil {
		return 0, fmt.Errorf("find where to deliver from: %w", err)
	}
	return place, nil
}
