package mail

import (
	"context"
	"log/slog"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	// Lease is how long a mail is one instance's, which gives up before.
	Lease  = 2 * time.Minute
	tooOld = 24 * time.Hour // the links in it have expired, or will soon
)

var pause = backoff.Doubling{First: 20 * time.Second, Most: time.Hour}

// Run sends what is due, until ctx ends.
func (o *Outbox) Run(ctx context.Context, log *slog.Logger) {
	if !o.Works() {
		return
	}
	guard.WhenDue(ctx, log, o.opened, "mail", func(ctx context.Context) (time.Duration, error) { return o.SendDue(ctx, log) })
}

// SendDue sends what is due, each by one instance, and answers for how long nothing will be. One that can't be sent keeps no other waiting.
func (o *Outbox) SendDue(ctx context.Context, log *slog.Logger) (time.Duration, error) {
	for {
		now := o.Now()
		row, err := o.DB.TakeMail(ctx, dbsql.TakeMailParams{Now: now.UnixMilli(), Until: now.Add(Lease).UnixMilli()})
		if store.Missing(err) {
			break
		}
		if err != nil {
			return 0, err
		}
		if err := o.send(ctx, row, log); err != nil {
			return 0, err
		}
	}
	next, err := o.DB.NextMail(ctx)
	return guard.Until(next, o.Now.Millis()), err
}

// send sends one, or puts it off. It may come twice, where this instance dies between the mail server's answer and the database's, and is
// never lost.
func (o *Outbox) send(ctx context.Context, row dbsql.Outbox, log *slog.Logger) error {
	sender := o.sender
	sender.From = o.config.Settings().From()
	failed := sender.Send(ctx, mail.Message{To: row.Recipient, Subject: row.Subject, Text: row.Body, HTML: row.Html})
	if ctx.Err() != nil && failed != nil {
		return ctx.Err() // it is taken again once its lease ends
	}
	ctx = context.WithoutCancel(ctx) // what has happened is noted
	switch {
	case failed == nil:
		return o.DB.MailSent(ctx, row.ID)
	case o.Now.Millis() >= row.CreateAt+tooOld.Milliseconds():
		log.Error("mail given up", "mail", row.ID.String(), "attempts", row.Attempts, "error", failed)
		return o.DB.MailSent(ctx, row.ID)
	}
	wait := pause.After(int(row.Attempts))
	log.Warn("mail put off", "mail", row.ID.String(), "attempts", row.Attempts, "seconds", wait.Seconds(), "error", failed)
	return o.DB.PutMailOff(ctx, dbsql.PutMailOffParams{ID: row.ID, DueAt: o.Now().Add(wait).UnixMilli()})
}
