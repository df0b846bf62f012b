// Package mail owns the mails of a workspace: what they say, and that each one that was promised is sent. It never decides whom to write to.
package mail

import (
	"context"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Outbox is where mails are before they are sent.
type Outbox struct {
	DB  *store.DB
	Now clock.Clock

	config *config.Book
	site   string      // its address, without a slash at the end
	sender mail.Sender // but for who mail is from
	opened guard.Bell  // a mail was put in
}

// NewOutbox makes an outbox that Run empties.
func NewOutbox(db *store.DB, now clock.Clock, book *config.Book) *Outbox {
	s := book.Settings()
	o := &Outbox{DB: db, Now: now, config: book, opened: guard.NewBell(),
		sender: mail.Sender{Addr: s.Mail.Server, Security: s.Mail.Security, Login: s.Mail.Login, Dial: s.Dial}}
	if s.SiteURL != nil {
		o.site = s.SiteURL.String()
	}
	return o
}

// name is the workspace's.
func (o *Outbox) name() string { return o.config.Settings().SiteName }

// Works reports whether there is a mail server. Without one nothing may be promised.
func (o *Outbox) Works() bool { return o.sender.Addr != "" }

// Put promises a letter in the caller's transaction, together with what it is about. Once that is committed, Ring has it sent at once.
func (o *Outbox) Put(ctx context.Context, q *dbsql.Queries, l Letter) error {
	_, err := o.put(ctx, q, l)
	return err
}

// Pretend does what Put does, and takes it back in the same transaction: it takes as long, and writes as much.
func (o *Outbox) Pretend(ctx context.Context, q *dbsql.Queries, l Letter) error {
	m, err := o.put(ctx, q, l)
	if err != nil {
		return err
	}
	return q.MailSent(ctx, m)
}

func (o *Outbox) put(ctx context.Context, q *dbsql.Queries, l Letter) (id.ID, error) {
	m := id.New()
	return m, q.PutMail(ctx, dbsql.PutMailParams{ID: m, Now: o.Now.Millis(), Recipient: l.to, Subject: oneLine(l.subject), Body: o.text(l), Html: o.html(l)})
}

// Ring says that letters were put in and committed.
func (o *Outbox) Ring() { o.opened.Ring() }
