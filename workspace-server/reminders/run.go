package reminders

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const batch = 100

// Run reminds people of what is due, until ctx ends.
func (b *Book) Run(ctx context.Context, log *slog.Logger) {
	guard.WhenDue(ctx, log, b.changed, "reminders", b.RemindDue)
}

// RemindDue reminds of what is due, and answers for how long nothing will be. One that fails keeps no other of the same batch waiting.
func (b *Book) RemindDue(ctx context.Context) (time.Duration, error) {
	for {
		due, err := b.DB.DueReminders(ctx, dbsql.DueRemindersParams{Now: b.Now.Millis(), MaxRows: batch})
		if err != nil {
			return 0, err
		}
		for _, row := range due {
			err = errors.Join(err, b.Remind(ctx, row))
		}
		if err != nil {
			return 0, err
		}
		if len(due) < batch {
			break
		}
	}
	next, err := b.DB.NextReminder(ctx)
	return guard.Until(next, b.Now.Millis()), err
}

// errTaken says that another instance was faster, or that it was put off.
var errTaken = errors.New("no reminder")

// Remind posts one, in the transaction that takes it from those to come: by whichever instance, somebody is reminded once.
// Of what they can't read any more they are not.
func (b *Book) Remind(ctx context.Context, row dbsql.Reminder) error {
	take := func(ctx context.Context, q *dbsql.Queries) error {
		n, err := q.TakeReminder(ctx, dbsql.TakeReminderParams(row))
		if err == nil && n == 0 {
			err = errTaken
		}
		return err
	}
	about, readable, err := b.readable(ctx, row)
	if err == nil && readable {
		err = b.post(ctx, row, about, take)
	}
	var refused *fault.Error
	if hopeless := errors.As(err, &refused) && refused.Status < http.StatusInternalServerError; hopeless || (err == nil && !readable) {
		err = take(ctx, b.DB.Queries)
	}
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// readable says whether there is still something to be reminded of, and somebody who may be.
func (b *Book) readable(ctx context.Context, row dbsql.Reminder) (about said, yes bool, err error) {
	p, err := b.DB.PostByID(ctx, row.PostID)
	if store.Missing(err) || (err == nil && p.DeleteAt > 0) {
		return about, false, nil
	}
	if err != nil {
		return about, false, err
	}
	u, err := b.DB.UserByID(ctx, row.UserID)
	if err != nil || u.DeleteAt > 0 {
		return about, false, err
	}
	in, err := b.Channels.Access(ctx, p.ChannelID, row.UserID)
	if err != nil || !in.Allow(u.Roles, roles.ReadChannelContent) {
		return about, false, err
	}
	about, err = b.about(ctx, in.Channel, p)
	return about, err == nil, err
}

func (b *Book) post(ctx context.Context, row dbsql.Reminder, about said, take func(context.Context, *dbsql.Queries) error) error {
	bot, err := b.Users.SystemBot(ctx)
	if err != nil {
		return err
	}
	direct, err := b.Channels.OpenDirect(ctx, bot.ID, row.UserID)
	if err != nil {
		return err
	}
	in, err := b.Channels.Access(ctx, direct.ID, bot.ID)
	if err != nil {
		return err
	}
	_, err = b.Posts.Create(ctx, posts.Draft{Author: bot, Channel: in.Channel, Type: kind, Props: []byte(realtime.Text(about)), First: take,
		Message: "Here is your reminder of the message by @" + about.Username + ": " + b.link(about)})
	return err
}
