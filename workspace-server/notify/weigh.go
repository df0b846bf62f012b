package notify

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	postsAtOnce = 8              // each may concern thousands
	tooOld      = 24 * time.Hour // nobody is told any more of what was posted before
)

// debts are what is owed to whom.
type debts struct {
	sessions, pushed []id.ID // for each push
	users, mailed    []id.ID // for each post in a letter
	due              []int64 // of the letter
}

// Weigh decides who is to be told of posts, in the transaction that takes them from those that were not decided yet: of each one instance does it, once.
// more says that there are others.
func (c *Crier) Weigh(ctx context.Context) (more bool, err error) {
	var d debts
	err = c.DB.Tx(ctx, func(q *dbsql.Queries) error {
		taken, err := q.TakeNotifications(ctx, postsAtOnce)
		if err != nil || len(taken) == 0 {
			return err
		}
		now := c.Now()
		for _, post := range taken { // one by one: what thousands have said of being told is in memory
			rows, err := q.WhoHears(ctx, dbsql.WhoHearsParams{Post: post, Since: now.Add(-tooOld).UnixMilli(), Now: now.UnixMilli()})
			if err != nil {
				return err
			}
			c.weigh(&d, rows, now)
		}
		more = len(taken) == postsAtOnce
		if err := d.write(ctx, q, now.UnixMilli()); err != nil {
			return err
		}
		return q.DropNotifications(ctx, taken)
	})
	if err != nil {
		return false, err
	}
	if len(d.pushed) > 0 {
		c.owed.Ring()
	}
	if len(d.mailed) > 0 {
		c.mailed.Ring()
	}
	return more, nil
}

func (c *Crier) weigh(d *debts, rows []dbsql.WhoHearsRow, now time.Time) {
	for _, r := range rows {
		by := decide(facts{props: r.NotifyProps, member: r.MemberProps, mentioned: r.Mentioned, reply: r.Reply, follows: r.Follows, forced: r.Forced,
			status: c.Hub.Status(r.UserID).Status, looking: c.Hub.LooksAt(r.UserID, r.ChannelID)})
		if by.push && c.Pushes() {
			for _, session := range r.Devices {
				d.sessions, d.pushed = append(d.sessions, session), append(d.pushed, r.PostID)
			}
		}
		wait, wanted := c.interval(r.EmailInterval)
		if by.mail && wanted && c.mayMail(r.EmailVerified) {
			d.users, d.mailed, d.due = append(d.users, r.UserID), append(d.mailed, r.PostID), append(d.due, now.Add(wait).UnixMilli())
		}
	}
}

func (d debts) write(ctx context.Context, q *dbsql.Queries, now int64) error {
	if len(d.pushed) > 0 {
		ids := make([]id.ID, len(d.pushed))
		for i := range ids {
			ids[i] = id.New()
		}
		if err := q.OwePushes(ctx, dbsql.OwePushesParams{Ids: ids, Sessions: d.sessions, Posts: d.pushed, Now: now}); err != nil {
			return err
		}
	}
	if len(d.mailed) == 0 {
		return nil
	}
	if err := q.OweLetters(ctx, dbsql.OweLettersParams{Users: d.users, Due: d.due}); err != nil {
		return err
	}
	return q.NoteLetterPosts(ctx, dbsql.NoteLetterPostsParams{Users: d.users, Posts: d.mailed})
}

// soon is how long a letter waits at least, so that it tells of what is said at once.
const soon = 30 * time.Second

// interval is how long a letter waits for more, by the reader's preference, and whether they want any.
func (c *Crier) interval(preference string) (time.Duration, bool) {
	switch preference {
	case "0", "never":
		return 0, false
	case "30", "immediately":
		return soon, true
	case "3600", "hour":
		if c.Config.Settings().Mail.Batched {
			return time.Hour, true
		}
	}
	if !c.Config.Settings().Mail.Batched {
		return soon, true
	}
	return 15 * time.Minute, true
}
