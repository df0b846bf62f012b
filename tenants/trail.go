package tenants

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// EventFilter chooses events of a trail. Its zero value chooses all.
type EventFilter struct {
	Action, Actor, Subject string    // exactly these; empty: all. An actor may be an e-mail address
	Since, Until           time.Time // from Since on, and before Until; zero: without a bound
}

// Events returns a tenant's audit trail, or that of what belongs to no tenant for a nil one, by their places, the last first, whatever
// times they say; before all those that have no place yet. A page goes on behind the event with its id.
func (s *Store) Events(ctx context.Context, tenant *uuid.UUID, f EventFilter, page Page) (list []Event, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if strings.Contains(f.Actor, "@") {
			if f.Actor, err = actorCalled(ctx, q, tenant, f.Actor); err != nil {
				return err
			}
		}
		before := dbsql.PlaceOfEventRow{Written: math.MaxInt64}
		if page.Before != uuid.Nil {
			if before, err = q.PlaceOfEvent(ctx, page.Before); err != nil {
				return unlessMissing(err, refuse(Invalid, "", "there is no such event to go on behind"))
			}
		}
		if before.Seq == 0 {
			if list, err = waiting(ctx, q, tenant, f, page, before); err != nil {
				return err
			}
			before.Seq = math.MaxInt64
		}
		placed := dbsql.ListAuditEventsParams{TenantID: tenant, Before: before.Seq, Action: given(f.Action), Actor: given(f.Actor), Subject: given(f.Subject),
			Since: given(f.Since), Until: given(f.Until), Oldest: oldestID(f.Since), Most: page.Limit - int32(len(list))}
		if tenant != nil {
			placed.Chain = *tenant
		}
		rows, err := q.ListAuditEvents(ctx, placed)
		for _, r := range rows {
			list = append(list, readEvent(r.AuditEvent, r.Seq))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list audit events: %w", err)
	}
	return list, nil
}

// actorCalled returns the id of who has, or had, part in a trail, by the e-mail address. Of strangers nothing is told.
func actorCalled(ctx context.Context, q *dbsql.Queries, tenant *uuid.UUID, email string) (string, error) {
	stranger := refuse(NotFound, "", "nobody with the e-mail address %s is a member, or has done anything here", email)
	email, err := checkEmail(email)
	if err != nil {
		return "", stranger
	}
	person, err := q.GetPersonByEmail(ctx, email)
	if err != nil {
		return "", unlessMissing(err, stranger)
	}
	shown := id.Show(id.Person, person.ID)
	known, err := q.IsInTrail(ctx, dbsql.IsInTrailParams{TenantID: tenant, PersonID: person.ID, Shown: shown})
	if err == nil && !known {
		err = stranger
	}
	return shown, err
}

func waiting(ctx context.Context, q *dbsql.Queries, tenant *uuid.UUID, f EventFilter, page Page, before dbsql.PlaceOfEventRow) (list []Event, err error) {
	rows, err := q.ListWaitingEvents(ctx, dbsql.ListWaitingEventsParams{TenantID: tenant, Before: before.Written, BeforeID: page.before(), Action: given(f.Action),
		Actor: given(f.Actor), Subject: given(f.Subject), Since: given(f.Since), Until: given(f.Until), Most: page.Limit})
	for _, r := range rows {
		list = append(list, readEvent(r, 0))
	}
	return list, err
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
