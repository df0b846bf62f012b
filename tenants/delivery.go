package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// DeliveriesKept is how long the log of deliveries goes back, and how far events can be delivered again.
const DeliveriesKept = 30 * 24 * time.Hour

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	// DeliveryWaiting: it goes out when those before it are acknowledged.
	DeliveryWaiting DeliveryState = "waiting"
	// Delivered: the receiver acknowledged it.
	Delivered DeliveryState = "delivered"
	// DeliveryFailed: it was a test, which is tried once.
	DeliveryFailed DeliveryState = "failed"
	// DeliveryReplaced: somebody had the events since a time delivered again, and this was among them.
	DeliveryReplaced DeliveryState = "replaced"
)

// DeliveryStates lists all of them.
var DeliveryStates = []DeliveryState{DeliveryWaiting, Delivered, DeliveryFailed, DeliveryReplaced}

// Delivery is one message to one webhook.
type Delivery struct {
	ID         uuid.UUID
	Webhook    uuid.UUID
	Message    string // what the receiver knows it by, the same each time the event goes out
	Event      string // the event's name
	Body       []byte
	Test       bool
	ReplayOf   *uuid.UUID
	State      DeliveryState
	Attempts   int
	Last       *Attempt // nil: it was not tried yet; without the answer
	CreatedAt  time.Time
	FinishedAt *time.Time
}

// AttemptOutcome is how an attempt ended.
type AttemptOutcome string

// The outcomes of an attempt.
const (
	// Acknowledged: the status was 2xx.
	Acknowledged AttemptOutcome = "acknowledged"
	// Refused: another status; redirects are not followed.
	Refused AttemptOutcome = "refused"
	// TimedOut: there was no answer in time.
	TimedOut AttemptOutcome = "timed_out"
	// Unreachable: there was no connection, or it broke.
	Unreachable AttemptOutcome = "unreachable"
	// AddressForbidden: the name stands for an address that webhooks don't go to.
	AddressForbidden AttemptOutcome = "forbidden"
)

// AttemptOutcomes lists all of them.
var AttemptOutcomes = []AttemptOutcome{Acknowledged, Refused, TimedOut, Unreachable, AddressForbidden}

// Attempt is one request to a webhook, and what came of it.
type Attempt struct {
	Number  int
	At      time.Time
	Took    time.Duration
	Outcome AttemptOutcome
	Status  int    // of the answer; 0: there was none
	Message string // a sentence, where it was not acknowledged
	Answer  string // the first part of the answer's body
	// RetryAfter is how long the receiver asked to be left alone.
	RetryAfter time.Duration
}

// Deliveries returns what went to a webhook, or waits, newest first, in one state or, empty, all.
func (w *Webhooks) Deliveries(ctx context.Context, tenant, hook uuid.UUID, state DeliveryState, page Page) ([]Delivery, error) {
	if _, err := w.Webhook(ctx, tenant, hook); err != nil {
		return nil, err
	}
	rows, err := dbsql.New(w.store.pool).ListDeliveries(ctx, dbsql.ListDeliveriesParams{WebhookID: hook, State: string(state), Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	list := make([]Delivery, 0, len(rows))
	for _, r := range rows {
		d := delivery(r.WebhookDelivery)
		if r.LastAt != nil {
			d.Last = &Attempt{Number: d.Attempts, At: *r.LastAt, Outcome: AttemptOutcome(*r.LastOutcome), Status: status(r.LastStatus), Message: *r.LastMessage}
		}
		list = append(list, d)
	}
	return list, nil
}

// Delivery returns one delivery with its attempts.
func (w *Webhooks) Delivery(ctx context.Context, tenant, hook, id uuid.UUID) (Delivery, []Attempt, error) {
	q := dbsql.New(w.store.pool)
	row, err := q.GetDelivery(ctx, dbsql.GetDeliveryParams{ID: id, WebhookID: hook, TenantID: tenant})
	if err != nil {
		return Delivery{}, nil, unlessMissing(err, errNoDelivery())
	}
	rows, err := q.ListAttempts(ctx, id)
	if err != nil {
		return Delivery{}, nil, fmt.Errorf("list the attempts of delivery %s: %w", id, err)
	}
	attempts := make([]Attempt, 0, len(rows))
	for _, r := range rows {
		attempts = append(attempts, Attempt{Number: int(r.Number), At: r.At, Took: time.Duration(r.TookMs) * time.Millisecond,
			Outcome: AttemptOutcome(r.Outcome), Status: status(r.Status), Message: r.Message, Answer: r.Answer})
	}
	d := delivery(row)
	if n := len(attempts); n > 0 {
		d.Last = &attempts[n-1]
	}
	return d, attempts, nil
}

func errNoDelivery() error { return refuse(NotFound, "", "there is no such delivery") }

func delivery(r dbsql.WebhookDelivery) Delivery {
	return Delivery{ID: r.ID, Webhook: r.WebhookID, Message: r.Message, Event: r.Event, Body: r.Body, Test: r.Test, ReplayOf: r.ReplayOf,
		State: DeliveryState(r.State), Attempts: int(r.Attempts), CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt}
}

func status(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}
