package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// WebhookWarning tells one person that a webhook was given up.
type WebhookWarning struct {
	To           string // the e-mail address
	Tenant       string // its name
	Webhook      Webhook
	Host         string // of its URL, whose path may be a secret
	FailingSince time.Time
}

// warningAttempts is how often it is tried to send one mail, with growing pauses: for hours.
const warningAttempts = 10

// warn asks for a mail to everybody who may change the webhook, under a confirmed address.
func (w *Webhooks) warn(ctx context.Context, tx pgx.Tx, hook dbsql.Webhook, since time.Time) error {
	q := dbsql.New(tx)
	persons, err := q.WhoIsWarned(ctx, dbsql.WhoIsWarnedParams{TenantID: hook.TenantID, Roles: texts(rolesThatMay(WriteWebhooks))})
	if err != nil {
		return fmt.Errorf("list who is told of webhook %s: %w", hook.ID, err)
	}
	for _, person := range persons {
		warning := w.store.newID()
		err := q.AddWebhookWarning(ctx, dbsql.AddWebhookWarningParams{ID: warning, WebhookID: hook.ID, PersonID: person, FailingSince: since, Now: w.store.now()})
		if err != nil {
			return fmt.Errorf("warn of webhook %s: %w", hook.ID, err)
		}
		if err := w.store.queue.Nudge(ctx, tx, TopicWebhookWarning, warning, warningAttempts); err != nil {
			return err
		}
	}
	return nil
}

// WebhookWarning returns what a mail has to tell, or nil when nobody needs it any more.
func (s *Store) WebhookWarning(ctx context.Context, warning uuid.UUID) (*WebhookWarning, error) {
	row, err := dbsql.New(s.pool).GetWebhookWarning(ctx, dbsql.GetWebhookWarningParams{ID: warning, Roles: texts(rolesThatMay(WriteWebhooks))})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a warning: %w", err)
	}
	return &WebhookWarning{To: row.Email, Tenant: row.Tenant, Webhook: webhook(row.Webhook), Host: hostOf(row.Webhook.Url), FailingSince: row.FailingSince}, nil
}

// ForgetWebhookWarning says that a mail was sent, or needs not be.
func (s *Store) ForgetWebhookWarning(ctx context.Context, warning uuid.UUID) error {
	if err := dbsql.New(s.pool).ForgetWebhookWarning(ctx, warning); err != nil {
		return fmt.Errorf("forget a warning: %w", err)
	}
	return nil
}
