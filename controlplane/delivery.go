package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Delivery is one message to a webhook.
type Delivery struct {
	ID         string     `json:"id"`
	MessageID  string     `json:"message_id" doc:"The webhook-id that the receiver sees, the same each time the event is sent"`
	Event      string     `json:"event" example:"workspace.create"`
	State      string     `json:"state" enum:"waiting,delivered,failed,replaced" doc:"failed: a test that was not acknowledged; replaced: everything since a time was sent again, and this with it"`
	Attempts   int        `json:"attempts"`
	Last       *Attempt   `json:"last_attempt,omitempty"`
	ReplayOf   string     `json:"replay_of,omitempty" doc:"The delivery that this one repeats"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

// Attempt is one request to a webhook.
type Attempt struct {
	Number  int       `json:"number"`
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds,omitempty" doc:"How long it took"`
	Outcome string    `json:"outcome" enum:"acknowledged,refused,timed_out,unreachable,forbidden"`
	Status  int       `json:"status,omitempty" doc:"Of the answer"`
	Message string    `json:"message,omitempty" doc:"Why it counts as a failure"`
	Answer  string    `json:"answer,omitempty" doc:"The first 4 KiB of the answer's body; only where a single delivery was asked for"`
}

// DeliveryWithAttempts is a delivery, what was sent, and all attempts.
type DeliveryWithAttempts struct {
	Delivery
	Body string    `json:"body" doc:"What was sent, byte for byte"`
	All  []Attempt `json:"all_attempts"`
}

// DeliveriesIn asks for the log of a webhook.
type DeliveriesIn struct {
	WebhookIn
	PageIn
	State string `query:"state" enum:"waiting,delivered,failed,replaced" doc:"Only those in this state"`
}

// DeliveryIn names a delivery.
type DeliveryIn struct {
	WebhookIn
	Delivery string `path:"delivery" doc:"dlv_..."`
}

func (in DeliveryIn) ids(ctx context.Context) (tenant, hook, delivery uuid.UUID, err error) {
	if tenant, hook, err = in.WebhookIn.ids(ctx); err != nil {
		return tenant, hook, delivery, err
	}
	delivery, err = parsePath(ctx, id.Delivery, "delivery", in.Delivery)
	return tenant, hook, delivery, err
}

// DeliveryOut answers with a delivery.
type DeliveryOut struct{ Body Delivery }

// DeliveryWithAttemptsOut answers with a delivery and all of its attempts.
type DeliveryWithAttemptsOut struct{ Body DeliveryWithAttempts }

// ReplayBody says what to send again.
type ReplayBody struct {
	Since time.Time `json:"since" doc:"Everything that happened at or after this time; at most 30 days ago"`
}

// ReplayIn asks for events to be sent again.
type ReplayIn struct {
	WebhookIn
	Body ReplayBody
}

func showDelivery(d tenants.Delivery) Delivery {
	shown := Delivery{ID: id.Show(id.Delivery, d.ID), MessageID: d.Message, Event: d.Event, State: string(d.State), Attempts: d.Attempts,
		ReplayOf: showOptional(id.Delivery, d.ReplayOf), CreatedAt: d.CreatedAt, FinishedAt: d.FinishedAt}
	if d.Last != nil {
		last := showAttempt(*d.Last)
		last.Answer = ""
		shown.Last = &last
	}
	return shown
}

func showAttempt(a tenants.Attempt) Attempt {
	return Attempt{Number: a.Number, At: a.At, Seconds: a.Took.Seconds(), Outcome: string(a.Outcome), Status: a.Status, Message: a.Message, Answer: a.Answer}
}

func (s *Server) deliveries(ctx context.Context, in *DeliveriesIn) (*ListOut[Delivery], error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.hooks.Deliveries(ctx, tenant, hook, tenants.DeliveryState(in.State), page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(d tenants.Delivery) uuid.UUID { return d.ID }, showDelivery), nil
}

func (s *Server) delivery(ctx context.Context, in *DeliveryIn) (*DeliveryWithAttemptsOut, error) {
	tenant, hook, delivery, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	d, attempts, err := s.hooks.Delivery(ctx, tenant, hook, delivery)
	if err != nil {
		return nil, err
	}
	shown := DeliveryWithAttempts{Delivery: showDelivery(d), Body: string(d.Body), All: []Attempt{}}
	for _, a := range attempts {
		shown.All = append(shown.All, showAttempt(a))
	}
	return &DeliveryWithAttemptsOut{Body: shown}, nil
}

func (s *Server) testWebhook(ctx context.Context, in *WebhookIn) (*DeliveryOut, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	d, err := s.hooks.Test(ctx, principal(ctx), tenant, hook)
	return &DeliveryOut{Body: showDelivery(d)}, err
}

func (s *Server) replayDelivery(ctx context.Context, in *DeliveryIn) (*DeliveryOut, error) {
	tenant, hook, delivery, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	d, err := s.hooks.Replay(ctx, principal(ctx), tenant, hook, delivery)
	return &DeliveryOut{Body: showDelivery(d)}, err
}

func (s *Server) replayEvents(ctx context.Context, in *ReplayIn) (*WebhookOut, error) {
	tenant, hook, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.hooks.ReplaySince(ctx, principal(ctx), tenant, hook, in.Body.Since); err != nil {
		return nil, err
	}
	h, err := s.hooks.Webhook(ctx, tenant, hook)
	return &WebhookOut{Body: showWebhook(h)}, err
}
