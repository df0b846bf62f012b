// Package due owns when a workspace's server has something to do though nobody asks it, so that whoever runs it can stop it meanwhile. It reads what
// others own, and does none of it.
//
// What counts is what people or programs notice who are not connected, and all of it is in the database with its time: scheduled posts, reminders, what
// outgoing webhooks owe programs, mail, letters of what people missed, pushes, and notifications of which nobody has decided yet who is told. So do requests
// that are being answered, and what is being sent: whoever stops the server would cut it off. What failed counts at the time of its next try, unless that is so
// soon that it could as well be what is being sent.
//
// What doesn't count, and why:
//   - do not disturb until a time, and custom statuses until a time: whoever reads them sees that they are over, nobody is told;
//   - ends of sessions, access tokens, apps' codes and grants, mailed links, invitations and places for answers to commands: looked at when they are used;
//   - who holds an upload that can be resumed, and who fetches a link's preview: it ends by itself, and who comes next goes on, or fetches it again;
//   - what phones show no longer because it was read elsewhere: told at once, or not at all; a phone learns it when it is opened;
//   - old rows and objects, words of posts and names of files: tidied and learned at the start and every hour while the server runs (server/tidy.go);
//   - that sessions are still good, web sockets are alive, connections may be resumed, and other instances are there: it concerns who is connected,
//     or another instance, which has to run for that.
package due

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/notify"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Ledger tells what is due.
type Ledger struct {
	DB     *store.DB
	Now    clock.Clock
	Hooks  *hooks.Book
	Mail   *mail.Outbox
	Notify *notify.Crier

	Underway func() int64 // requests that are being answered
}

// endOfTime is the last moment that can be said in RFC 3339. Nobody is waited for who wants something later.
var endOfTime = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC).UnixMilli()

// Next is when the server has to run again, in UTC, and in the past where it has something to do now; nil: not before somebody asks it something.
func (l *Ledger) Next(ctx context.Context) (*time.Time, error) {
	now := l.Now()
	if l.Underway() > 0 {
		now = now.UTC()
		return &now, nil
	}
	lease := max(l.Hooks.Lease(), mail.Lease, notify.Lease)
	at, err := l.DB.NextDue(ctx, dbsql.NextDueParams{Mails: l.Mail.Works(), Pushes: l.Notify.Pushes(), Now: now.UnixMilli(), Leased: now.Add(lease).UnixMilli()})
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	if at > endOfTime {
		return nil, nil
	}
	next := time.UnixMilli(at).UTC()
	return &next, nil
}
