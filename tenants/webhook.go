package tenants

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Webhook is where a tenant wants to be told of its events.
type Webhook struct {
	ID             uuid.UUID
	Tenant         uuid.UUID
	URL            string
	Description    string
	Events         []string // the names of those that it is told of, or noun.*; empty: all
	Enabled        bool
	Disabled       DisabledReason
	CreatedAt      time.Time
	UpdatedAt      time.Time
	FailingSince   *time.Time // the first of the failures since the last success; nil: it is well
	RetryAt        *time.Time // before then nothing is tried; nil: at once
	PreviousSecret *time.Time // until when what goes out is signed by the secret before, too
}

// DisabledReason is why a webhook gets nothing.
type DisabledReason string

// The reasons.
const (
	// NotDisabled: it is enabled.
	NotDisabled DisabledReason = ""
	// DisabledAsked: a member wanted it.
	DisabledAsked DisabledReason = "asked"
	// DisabledFailing: it acknowledged nothing for days.
	DisabledFailing DisabledReason = "failing"
	// DisabledGone: it answered that it is gone for good.
	DisabledGone DisabledReason = "gone"
)

// DisabledReasons lists all of them.
var DisabledReasons = []DisabledReason{NotDisabled, DisabledAsked, DisabledFailing, DisabledGone}

// webhooksAllowed is how many webhooks a tenant may have.
const webhooksAllowed = 10

// Webhooks are those of all tenants. Their secrets are sealed with a key, and networks are where they may go to beside the
// public internet.
type Webhooks struct {
	store    *Store
	key      [32]byte
	networks egress.Networks
}

// Webhooks returns the webhooks of a store, whose secrets are sealed with key.
func (s *Store) Webhooks(key [32]byte, networks egress.Networks) *Webhooks {
	return &Webhooks{store: s, key: key, networks: networks}
}

// NewWebhook is a wish for a webhook.
type NewWebhook struct {
	URL         string
	Description string
	Events      []string
	Enabled     bool
}

// Create adds a webhook and returns its secret, this once. It is told of what is committed from now on.
func (w *Webhooks) Create(ctx context.Context, p Principal, tenant uuid.UUID, n NewWebhook) (hook Webhook, secret string, err error) {
	if err := w.check(&n); err != nil {
		return hook, "", err
	}
	hookID, secret := w.store.newID(), newWebhookSecret()
	sealed, err := w.seal(hookID, secret)
	if err != nil {
		return hook, "", err
	}
	err = w.store.inTx(ctx, func(tx pgx.Tx) error {
		if err := w.checkAllowance(ctx, tx, tenant); err != nil {
			return err
		}
		row, err := dbsql.New(tx).AddWebhook(ctx, dbsql.AddWebhookParams{ID: hookID, TenantID: tenant, Url: n.URL, Description: n.Description,
			Events: n.Events, Enabled: n.Enabled, DisabledReason: string(asked(n.Enabled)), Secret: sealed, CreatedAt: w.store.now()})
		if err != nil {
			return fmt.Errorf("add a webhook: %w", err)
		}
		hook = webhook(row)
		return w.record(ctx, tx, p, tenant, hook.ID, "create", n.details())
	})
	return hook, secret, err
}

func asked(enabled bool) DisabledReason {
	if enabled {
		return NotDisabled
	}
	return DisabledAsked
}

// checkAllowance locks the tenant, so that two can't both be the last.
func (w *Webhooks) checkAllowance(ctx context.Context, tx pgx.Tx, tenant uuid.UUID) error {
	q := dbsql.New(tx)
	if _, err := q.LockTenant(ctx, tenant); err != nil {
		return unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
	}
	n, err := q.CountWebhooks(ctx, tenant)
	if err != nil {
		return fmt.Errorf("count webhooks: %w", err)
	}
	if n >= webhooksAllowed {
		return refuse(Conflict, "", "a tenant may have %d webhooks, and there are so many; remove one first", webhooksAllowed)
	}
	return nil
}

// details are what the audit trail tells of a webhook. The path of its URL may be a secret.
func (n NewWebhook) details() map[string]string {
	events := "all"
	if len(n.Events) > 0 {
		events = strings.Join(n.Events, " ")
	}
	return map[string]string{"host": hostOf(n.URL), "enabled": strconv.FormatBool(n.Enabled), "events": events}
}

func (w *Webhooks) record(ctx context.Context, tx pgx.Tx, p Principal, tenant, hook uuid.UUID, verb string, details map[string]string) error {
	return w.store.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "webhook." + verb, Subject: id.Show(id.Webhook, hook), Details: details})
}

// Webhook returns one webhook of a tenant.
func (w *Webhooks) Webhook(ctx context.Context, tenant, hook uuid.UUID) (Webhook, error) {
	row, err := dbsql.New(w.store.pool).GetWebhook(ctx, dbsql.GetWebhookParams{ID: hook, TenantID: tenant})
	if err != nil {
		return Webhook{}, unlessMissing(err, errNoWebhook())
	}
	return webhook(row), nil
}

func errNoWebhook() error { return refuse(NotFound, "", "there is no such webhook") }

// List returns a tenant's webhooks, newest first.
func (w *Webhooks) List(ctx context.Context, tenant uuid.UUID, page Page) ([]Webhook, error) {
	rows, err := dbsql.New(w.store.pool).ListWebhooks(ctx, dbsql.ListWebhooksParams{TenantID: tenant, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	list := make([]Webhook, 0, len(rows))
	for _, row := range rows {
		list = append(list, webhook(row))
	}
	return list, nil
}

func webhook(r dbsql.Webhook) Webhook {
	hook := Webhook{ID: r.ID, Tenant: r.TenantID, URL: r.Url, Description: r.Description, Events: r.Events, Enabled: r.Enabled,
		Disabled: DisabledReason(r.DisabledReason), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, FailingSince: r.FailingSince, RetryAt: r.RetryAt}
	if r.PreviousSecret != nil {
		hook.PreviousSecret = r.PreviousUntil
	}
	return hook
}
