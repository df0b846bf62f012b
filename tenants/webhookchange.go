package tenants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// WebhookChange says what shall be different; nil is left as it is.
type WebhookChange struct {
	URL         *string
	Description *string
	Events      *[]string
	Enabled     *bool
}

// Update changes a webhook. One that is enabled again goes on where it stopped, with what is not older than is kept. One that has
// another URL starts anew there with what waits.
func (w *Webhooks) Update(ctx context.Context, p Principal, tenant, hook uuid.UUID, c WebhookChange) (changed Webhook, err error) {
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		row, err := w.lock(ctx, tx, tenant, hook)
		if err != nil {
			return err
		}
		n := c.onto(row)
		if err := w.check(&n); err != nil {
			return err
		}
		reason := DisabledReason(row.DisabledReason)
		if n.Enabled != row.Enabled {
			reason = asked(n.Enabled)
		}
		q := dbsql.New(tx)
		after, err := q.SetWebhook(ctx, dbsql.SetWebhookParams{ID: hook, Url: n.URL, Description: n.Description, Events: n.Events,
			Enabled: n.Enabled, DisabledReason: string(reason), Now: w.store.now()})
		if err == nil && n.URL != row.Url {
			after, err = q.ForgetWebhookFailures(ctx, dbsql.ForgetWebhookFailuresParams{ID: hook, Now: w.store.now()})
		}
		if err == nil && n.Enabled && !row.Enabled {
			after, err = w.resume(ctx, q, tenant, hook)
		}
		if err != nil {
			return fmt.Errorf("change webhook %s: %w", hook, err)
		}
		changed = webhook(after)
		return w.record(ctx, tx, p, tenant, hook, "update", n.changed(row))
	})
	return changed, err
}

// resume has a webhook go on where it stopped, with what is kept.
func (w *Webhooks) resume(ctx context.Context, q *dbsql.Queries, tenant, hook uuid.UUID) (dbsql.Webhook, error) {
	now := w.store.now()
	before, err := placeBefore(ctx, q, tenant, now.Add(-DeliveriesKept))
	if err != nil {
		return dbsql.Webhook{}, err
	}
	return q.ResumeWebhook(ctx, dbsql.ResumeWebhookParams{ID: hook, Now: now, Before: before})
}

func (c WebhookChange) onto(row dbsql.Webhook) NewWebhook {
	n := NewWebhook{URL: row.Url, Description: row.Description, Events: row.Events, Enabled: row.Enabled}
	if c.URL != nil {
		n.URL = *c.URL
	}
	if c.Description != nil {
		n.Description = *c.Description
	}
	if c.Events != nil {
		n.Events = *c.Events
	}
	if c.Enabled != nil {
		n.Enabled = *c.Enabled
	}
	return n
}

// changed are what the audit trail tells of a change.
func (n NewWebhook) changed(was dbsql.Webhook) map[string]string {
	var names []string
	for name, differs := range map[string]bool{"url": n.URL != was.Url, "description": n.Description != was.Description,
		"events": !slices.Equal(n.Events, was.Events), "enabled": n.Enabled != was.Enabled} {
		if differs {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	d := n.details()
	d["changed"] = strings.Join(names, " ")
	return d
}

func (w *Webhooks) lock(ctx context.Context, tx pgx.Tx, tenant, hook uuid.UUID) (dbsql.Webhook, error) {
	row, err := dbsql.New(tx).LockWebhook(ctx, dbsql.LockWebhookParams{ID: hook, TenantID: tenant})
	if err != nil {
		return row, unlessMissing(err, errNoWebhook())
	}
	return row, nil
}

// Remove forgets a webhook, and what was delivered to it.
func (w *Webhooks) Remove(ctx context.Context, p Principal, tenant, hook uuid.UUID) error {
	return w.store.inTx(ctx, func(tx pgx.Tx) error {
		n, err := dbsql.New(tx).RemoveWebhook(ctx, dbsql.RemoveWebhookParams{ID: hook, TenantID: tenant})
		if err != nil {
			return fmt.Errorf("remove webhook %s: %w", hook, err)
		}
		if n == 0 {
			return errNoWebhook()
		}
		return w.record(ctx, tx, p, tenant, hook, "remove", nil)
	})
}

// RotateSecret gives a webhook another secret, and returns it this once. For as long as overlap what goes out is signed by
// the secret before, too.
func (w *Webhooks) RotateSecret(ctx context.Context, p Principal, tenant, hook uuid.UUID, overlap time.Duration) (changed Webhook, secret string, err error) {
	secret = newWebhookSecret()
	sealed, err := w.seal(hook, secret)
	if err != nil {
		return changed, "", err
	}
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := w.lock(ctx, tx, tenant, hook); err != nil {
			return err
		}
		now := w.store.now()
		row, err := dbsql.New(tx).SetWebhookSecret(ctx, dbsql.SetWebhookSecretParams{ID: hook, Secret: sealed, Until: now.Add(overlap), Now: now})
		if err != nil {
			return fmt.Errorf("change the secret of webhook %s: %w", hook, err)
		}
		changed = webhook(row)
		return w.record(ctx, tx, p, tenant, hook, "rotate_secret", map[string]string{"overlap": overlap.String()})
	})
	return changed, secret, err
}
