package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// How much one transaction writes down.
const (
	spreadWebhooks = 16
	spreadEvents   = 200
)

// Spread writes down the deliveries of events that got their places in their chains, and returns how many webhooks got on.
// Whatever is in a chain is committed and stays in its order, so that nothing is told too early, twice, or never.
func (w *Webhooks) Spread(ctx context.Context) (n int, err error) {
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		behind, err := q.WebhooksBehind(ctx, spreadWebhooks)
		if err != nil {
			return fmt.Errorf("look for webhooks to be told: %w", err)
		}
		for _, hook := range behind {
			if err := w.spread(ctx, q, hook.Webhook, hook.Count); err != nil {
				return err
			}
		}
		n = len(behind)
		return nil
	})
	return n, err
}

// spread tells a webhook the next events of its tenant's chain, which goes to end. An event that somebody took away is told to nobody,
// and nobody waits for it.
func (w *Webhooks) spread(ctx context.Context, q *dbsql.Queries, hook dbsql.Webhook, end int64) error {
	events, err := q.SealedAfter(ctx, dbsql.SealedAfterParams{Chain: hook.TenantID, After: hook.Place, Most: spreadEvents})
	if err != nil {
		return fmt.Errorf("read what webhook %s is to be told: %w", hook.ID, err)
	}
	now := w.store.now()
	next := dbsql.SetWebhookPlaceParams{ID: hook.ID, Place: hook.Place, Now: now}
	add := dbsql.AddDeliveriesParams{WebhookID: hook.ID, Now: now}
	for _, e := range events {
		next.Place = e.Seq
		if !wanted(hook.Events, e.AuditEvent.Action) {
			continue
		}
		body, err := notificationOf(e).encode()
		if err != nil {
			return err
		}
		next.More = true
		add.Ids, add.Messages = append(add.Ids, w.store.newID()), append(add.Messages, id.Show(id.Audit, e.AuditEvent.ID))
		add.Events, add.Bodies = append(add.Events, e.AuditEvent.Action), append(add.Bodies, body)
	}
	if len(events) < spreadEvents {
		next.Place = max(next.Place, end)
	}
	if next.More {
		if err := q.AddDeliveries(ctx, add); err != nil {
			return fmt.Errorf("write down what webhook %s is told: %w", hook.ID, err)
		}
	}
	if err := q.SetWebhookPlace(ctx, next); err != nil {
		return fmt.Errorf("write down how far webhook %s is told: %w", hook.ID, err)
	}
	return nil
}

func showTenant(tenant *uuid.UUID) string {
	if tenant == nil {
		return ""
	}
	return id.Show(id.Tenant, *tenant)
}
