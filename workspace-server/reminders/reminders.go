// Package reminders owns what people want to be reminded of, and tells them when it is time, as a direct message of the workspace's own bot.
// Whether they may still read it is asked then.
package reminders

import (
	"context"
	"net/http"
	"net/url"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostReminders = 1000         // of a user
	tooLate       = 5 * 60       // seconds: clients know time to five minutes; what is said to have been due before that was meant otherwise
	endOfTime     = 253402300799 // the last second of the year 9999
	kind          = "reminder"   // by which clients draw it
	anyTeam       = "_redirect"  // in the place of a team's name in a link: the one that the reader is in
)

// Book holds everybody's reminders.
type Book struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Now      clock.Clock
	Users    *users.Directory
	Channels *channels.Directory
	Posts    *posts.Log
	Site     *url.URL // of the workspace; nil when nobody said

	changed guard.Bell // something may be due earlier than was known
}

// NewBook makes a book that Run reminds from.
func NewBook(b Book) *Book {
	b.changed = guard.NewBell()
	return &b
}

// said is what clients draw a reminder from, and the answer to who asked for one.
type said struct {
	PostID     id.ID  `json:"post_id"`
	TeamName   string `json:"team_name"`
	Username   string `json:"username"`
	TargetTime int64  `json:"target_time,omitempty"`
	Type       string `json:"type,omitempty"`
}

// Put keeps a reminder of a post until its time, in seconds since 1970, and confirms it to who asked. Of one post there is one: the last said holds.
func (b *Book) Put(ctx context.Context, user id.ID, in channels.Access, p dbsql.Post, target int64) error {
	if target < b.Now().Unix()-tooLate || target > endOfTime {
		return fault.BadBody("target_time", "seconds since 1970, ahead of now")
	}
	about, err := b.about(ctx, in.Channel, p)
	if err != nil {
		return err
	}
	n := int64(0)
	err = b.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err := q.LockUser(ctx, user); err != nil { // or several that are asked for at once would count none of each other
			return err
		}
		n, err = q.PutReminder(ctx, dbsql.PutReminderParams{UserID: user, PostID: p.ID, TargetAt: target * 1000, Most: mostReminders})
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(http.StatusBadRequest, "app.post_reminder.too_many.app_error", "A user has at most %d reminders.", mostReminders)
	}
	b.changed.Ring()
	about.TargetTime, about.Type = target, kind
	b.confirm(user, in.Channel.ID, p, about)
	return nil
}

// about is what a reminder says of its post.
func (b *Book) about(ctx context.Context, c dbsql.Channel, p dbsql.Post) (s said, err error) {
	author, err := b.DB.UserByID(ctx, p.UserID)
	if err != nil {
		return s, err
	}
	s = said{PostID: p.ID, Username: author.Username}
	if !c.TeamID.IsZero() {
		t, err := b.DB.TeamByID(ctx, c.TeamID)
		if err != nil {
			return s, err
		}
		s.TeamName = t.Name
	}
	return s, nil
}

// link is where the post is, for clients that show a reminder's text as it is.
func (b *Book) link(s said) string {
	team := s.TeamName
	if team == "" {
		team = anyTeam
	}
	site := ""
	if b.Site != nil {
		site = b.Site.String()
	}
	return site + "/" + team + "/pl/" + s.PostID.String()
}

type ephemeralPost struct {
	Post string `json:"post"`
}

// confirm shows the user, and nobody else, that they will be reminded.
func (b *Book) confirm(user, channel id.ID, p dbsql.Post, about said) {
	now, root := b.Now.Millis(), p.RootID
	view := &wire.Post{ID: id.New(), CreateAt: now, UpdateAt: now, UserID: user, ChannelID: channel, RootID: root, Type: "system_ephemeral",
		Message: "You will be reminded of the message by @" + about.Username + ": " + b.link(about), Props: []byte(realtime.Text(about)),
		FileIDs: []id.ID{}, Metadata: &wire.PostMetadata{}}
	b.Hub.Publish(realtime.Event{Name: realtime.EphemeralMessage, Data: ephemeralPost{realtime.Text(view)}, To: wire.Broadcast{UserID: user, ChannelID: channel}})
}
