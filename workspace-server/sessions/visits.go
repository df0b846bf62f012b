package sessions

import (
	"context"
	"net/netip"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	// noteEvery is how old what is known of a session's address may be, and moveEvery where it is used from another one.
	noteEvery = 10 * time.Minute
	moveEvery = time.Minute
	// addressKept is how long it is kept from where a session was used last.
	addressKept = 30 * 24 * time.Hour
	// visitsMost bounds what is told of visits.
	visitsMost = 2000
)

// Note keeps from where a session is used.
func (b *Book) Note(ctx context.Context, s dbsql.Session, from netip.Addr) error {
	now, every := b.Now.Millis(), noteEvery
	if !from.IsValid() {
		return nil
	}
	if s.Address != from.String() {
		every = moveEvery
	}
	before := now - every.Milliseconds()
	if s.AddressAt > before && s.AddressAt <= now {
		return nil
	}
	return b.DB.NoteSessionAddress(ctx, dbsql.NoteSessionAddressParams{ID: s.ID, Address: from.String(), Now: now, Before: before})
}

// Visits tells by whom and from where sessions were used since a time, the newest first, and how many sessions are left out of that because
// there are too many.
func (b *Book) Visits(ctx context.Context, since time.Time) (list []dbsql.VisitsRow, leftOut int64, err error) {
	list, err = b.DB.Visits(ctx, dbsql.VisitsParams{Since: since.UnixMilli(), Now: b.Now.Millis(), Most: visitsMost})
	if err != nil || len(list) == 0 {
		return list, 0, err
	}
	leftOut = list[0].AllSessions
	for _, v := range list {
		leftOut -= v.Sessions
	}
	return list, leftOut, nil
}
