package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Event is one line of the audit trail: who did what to what.
type Event struct {
	ID        uuid.UUID
	Seq       int64 // its place in its chain; 0: it has none yet
	At        time.Time
	Tenant    *uuid.UUID        // nil: an operator's or the system's own doing
	Actor     string            // the principal, as Principal.Name shows it
	Action    string            // noun and verb, as in "workspace.create"
	Subject   string            // the public id of what it was done to
	RequestID string            // empty: not asked for over the API
	Details   map[string]string // what a reader needs besides; never a secret
}

// record writes an event in the transaction of the change that it tells of.
func (s *Store) record(ctx context.Context, tx pgx.Tx, e Event) error {
	if e.Details == nil {
		e.Details = map[string]string{}
	}
	details, err := json.Marshal(e.Details)
	if err != nil {
		return fmt.Errorf("encode audit details: %w", err)
	}
	err = dbsql.New(tx).AddAuditEvent(ctx, dbsql.AddAuditEventParams{
		ID: s.newID(), At: pgtype.Timestamptz{Time: s.now(), Valid: true}, TenantID: e.Tenant, Actor: e.Actor, Action: e.Action, Subject: e.Subject,
		RequestID: RequestID(ctx), Details: details,
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	rehearsal(ctx).noteEvent(e)
	return nil
}

func readEvent(r dbsql.AuditEvent, seq int64) Event {
	return Event{ID: r.ID, Seq: seq, At: readAt(r.At), Tenant: r.TenantID, Actor: r.Actor, Action: r.Action, Subject: r.Subject, RequestID: r.RequestID,
		Details: readDetails(r.Details)}
}

type requestIDKey struct{}

// WithRequestID returns a context whose audit events name the request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the request that ctx belongs to, or nothing.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
