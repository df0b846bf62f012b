package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Webhook is where a tenant's events are sent to.
type Webhook struct {
	ID             string     `json:"id"`
	URL            string     `json:"url"`
	Description    string     `json:"description"`
	Events         []string   `json:"events" doc:"The names of the events that are sent, or noun.* for all of a noun; empty: all"`
	Enabled        bool       `json:"enabled"`
	DisabledReason string     `json:"disabled_reason,omitempty" enum:"asked,failing,gone" doc:"A member wanted it; nothing was acknowledged for three days; or the receiver answered 410"`
	CreatedAt      time.Time  `json:"created_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
	FailingSince   *time.Time `json:"failing_since,omitempty" doc:"The first failure since something was acknowledged"`
	RetryAt        *time.Time `json:"retry_at,omitempty" doc:"When what waits is tried again"`
	OldSecretUntil *time.Time `json:"old_secret_until,omitempty" doc:"Until when messages are signed by the secret before, too"`
}

// WebhookOut answers with a webhook.
type WebhookOut struct{ Body Webhook }

// WebhookBody is a wish for a webhook.
type WebhookBody struct {
	URL         string   `json:"url" maxLength:"2048" doc:"Of the form https://host/path" example:"https://example.com/longhouse"`
	Description string   `json:"description,omitempty" maxLength:"800" doc:"To know it by, up to 200 characters"`
	Events      []string `json:"events,omitempty" maxItems:"50" doc:"Names of events, or noun.* for all of a noun; empty or left out: all"`
	Enabled     *bool    `json:"enabled,omitempty" doc:"Left out: true"`
}

// CreateWebhookIn asks for a webhook.
type CreateWebhookIn struct {
	TenantIn
	Body WebhookBody
}

// CreatedWebhook is a webhook with its secret.
type CreatedWebhook struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret" doc:"What signs the messages. It is shown this once: empty when the answer is repeated under an idempotency key"`
}

// CreatedWebhookOut answers with a webhook and its secret.
type CreatedWebhookOut struct{ Body CreatedWebhook }

// WebhookIn names a webhook.
type WebhookIn struct {
	TenantIn
	Webhook string `path:"webhook" doc:"whk_..."`
}

func (in WebhookIn) ids(ctx context.Context) (tenant, hook uuid.UUID, err error) {
	if tenant, err = in.id(ctx); err != nil {
		return tenant, hook, err
	}
	hook, err = pathID(ctx, id.Webhook, "webhook", in.Webhook)
	return tenant, hook, err
}

// WebhookChange says what shall be different.
type WebhookChange struct {
	URL         *string   `json:"url,omitempty" maxLength:"2048" doc:"Left out: as it is"`
	Description *string   `json:"description,omitempty" maxLength:"800" doc:"Left out: as it is"`
	Events      *[]string `json:"events,omitempty" maxItems:"50" doc:"Left out: as it is; empty: all"`
	Enabled     *bool     `json:"enabled,omitempty" doc:"Left out: as it is. One that is enabled again goes on where it stopped"`
}

// UpdateWebhookIn changes a webhook.
type UpdateWebhookIn struct {
	WebhookIn
	Body WebhookChange
}

// WebhooksIn asks for a tenant's webhooks.
type WebhooksIn struct {
	TenantIn
	PageIn
}

// RotateBody says how to change secrets.
type RotateBody struct {
	OverlapHours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" doc:"How long messages are signed by the secret before, too; left out: 24"`
}

// RotateIn asks for another secret.
type RotateIn struct {
	WebhookIn
	Body *RotateBody
}

func showWebhook(h tenants.Webhook) Webhook {
	return Webhook{ID: id.Show(id.Webhook, h.ID), URL: h.URL, Description: h.Description, Events: h.Events, Enabled: h.Enabled,
		DisabledReason: string(h.Disabled), CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt, FailingSince: h.FailingSince, RetryAt: h.RetryAt, OldSecretUntil: h.PreviousSecret}
}

func (s *Server) webhooks(ctx context.Context, in *WebhooksIn) (*ListOut[Webhook], error) {
	tenant, page, err := in.tenantPage(ctx, in.PageIn)
	if err != nil {
		return nil, err
	}
	list, err := s.hooks.List(ctx, tenant, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(h tenants.Webhook) uuid.UUID { return h.ID }, showWebhook), nil
}

func (s *Server) webhook(ctx context.Context, in *WebhookIn) (*WebhookOut, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	h, err := s.hooks.Webhook(ctx, tenant, hook)
	return &WebhookOut{Body: showWebhook(h)}, err
}

func (s *Server) createWebhook(ctx context.Context, in *CreateWebhookIn) (*CreatedWebhookOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	enabled := in.Body.Enabled == nil || *in.Body.Enabled
	h, secret, err := s.hooks.Create(ctx, principal(ctx), tenant, tenants.NewWebhook{URL: in.Body.URL, Description: in.Body.Description, Events: in.Body.Events, Enabled: enabled})
	return &CreatedWebhookOut{Body: CreatedWebhook{Webhook: showWebhook(h), Secret: secret}}, err
}

func (s *Server) updateWebhook(ctx context.Context, in *UpdateWebhookIn) (*WebhookOut, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	h, err := s.hooks.Update(ctx, principal(ctx), tenant, hook, tenants.WebhookChange(in.Body))
	return &WebhookOut{Body: showWebhook(h)}, err
}

func (s *Server) removeWebhook(ctx context.Context, in *WebhookIn) (*Nothing, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.hooks.Remove(ctx, principal(ctx), tenant, hook)
}

const overlapHours = 24

func (s *Server) rotateWebhookSecret(ctx context.Context, in *RotateIn) (*CreatedWebhookOut, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	hours := overlapHours
	if in.Body != nil && in.Body.OverlapHours != nil {
		hours = *in.Body.OverlapHours
	}
	h, secret, err := s.hooks.RotateSecret(ctx, principal(ctx), tenant, hook, time.Duration(hours)*time.Hour)
	return &CreatedWebhookOut{Body: CreatedWebhook{Webhook: showWebhook(h), Secret: secret}}, err
}
