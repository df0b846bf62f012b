package tenants

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// EventFilter chooses events of a trail. Its zero value chooses all.
type EventFilter struct {
	Action, Actor, Subject string    // exactly these; empty: all
	Since, Until           time.Time // from Since on, and before Until; zero: without a bound
}

// Events returns a tenant's audit trail, or that of what belongs to no tenant for a nil one, newest first, from before the event
// with the id before.
func (s *Store) Events(ctx context.Context, tenant *uuid.UUID, f EventFilter, page Page) ([]Event, error) {
	rows, err := dbsql.New(s.pool).ListAuditEvents(ctx, dbsql.ListAuditEventsParams{TenantID: tenant,
		Action: given(f.Action), Actor: given(f.Actor), Subject: given(f.Subject), Since: given(f.Since), Until: given(f.Until),
		Oldest: oldestID(f.Since), Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list audit events: %w", err)
	}
	return events(rows), nil
}

// given is nil for the zero value.
func given[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// idSlack is by how much an event's id may be older than its time, both of which come from the same machine's clock.
const idSlack = 24 * time.Hour

// oldestID is below the ids of all events since then, so that a list ends there and not at the beginning of the trail.
func oldestID(since time.Time) (u uuid.UUID) {
	if since.Before(time.Unix(0, 0).Add(idSlack)) {
		return u
	}
	binary.BigEndian.PutUint64(u[:8], uint64(since.Add(-idSlack).UnixMilli())<<16)
	return u
}
