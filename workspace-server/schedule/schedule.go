// Package schedule owns what people have written to be posted later, and posts it when it is time. Whether it may be posted is asked then.
package schedule

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/drafts"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostPosts = 1000 // of a user
	tooLate   = 5000 // milliseconds: what is said to have been due before that was meant otherwise
)

// Book holds everybody's scheduled posts.
type Book struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Now      clock.Clock
	Channels *channels.Directory
	Posts    *posts.Log
	Drafts   *drafts.Book

	changed guard.Bell // something may be due earlier than was known
}

// NewBook makes a book that Run posts from.
func NewBook(b Book) *Book {
	b.changed = guard.NewBell()
	return &b
}

type change struct {
	ScheduledPost string `json:"scheduledPost"`
}

// Create keeps a post until its time, and tells the user's other clients, but not the one whose connection is named.
func (b *Book) Create(ctx context.Context, p wire.ScheduledPost, connection string) (*wire.ScheduledPost, error) {
	if err := b.check(ctx, &p); err != nil {
		return nil, err
	}
	row, err := b.DB.InsertScheduledPost(ctx, dbsql.InsertScheduledPostParams{ID: id.New(), UserID: p.UserID, ChannelID: p.ChannelID, RootID: p.RootID, Now: b.Now.Millis(),
		Message: p.Message, Type: p.Type, Props: p.Props, Priority: p.Priority, FileIds: p.FileIDs, ScheduledAt: p.ScheduledAt, Most: mostPosts})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "app.save_scheduled_post.too_many.app_error", "A user has at most %d scheduled posts.", mostPosts)
	}
	return b.told(ctx, realtime.ScheduledPostCreated, connection)(row, err)
}

// Update changes the text, the files and the time of a user's own. It is tried again, also where it could not be posted before.
func (b *Book) Update(ctx context.Context, p wire.ScheduledPost, connection string) (*wire.ScheduledPost, error) {
	before, err := b.find(ctx, p.UserID, p.ID)
	if err != nil {
		return nil, err
	}
	if p.ChannelID != before.ChannelID || p.RootID != before.RootID {
		return nil, fault.BadBody("channel_id", "that of before, as root_id: a scheduled post stays where it is")
	}
	if err := b.check(ctx, &p); err != nil {
		return nil, err
	}
	return b.told(ctx, realtime.ScheduledPostUpdated, connection)(b.DB.UpdateScheduledPost(ctx, dbsql.UpdateScheduledPostParams{ID: p.ID, UserID: p.UserID, Now: b.Now.Millis(),
		Message: p.Message, Props: p.Props, Priority: p.Priority, FileIds: p.FileIDs, ScheduledAt: p.ScheduledAt}))
}

// Delete takes a user's own back.
func (b *Book) Delete(ctx context.Context, user, post id.ID, connection string) (*wire.ScheduledPost, error) {
	return b.told(ctx, realtime.ScheduledPostDeleted, connection)(b.DB.DeleteScheduledPost(ctx, dbsql.DeleteScheduledPostParams{ID: post, UserID: user}))
}

func (b *Book) find(ctx context.Context, user, post id.ID) (dbsql.ScheduledPost, error) {
	row, err := b.DB.ScheduledPost(ctx, post)
	if store.Missing(err) || (err == nil && row.UserID != user) {
		return row, errAbsent
	}
	return row, err
}

var errAbsent = fault.New(http.StatusNotFound, "app.get_scheduled_post.missing.app_error", "You have no such scheduled post: it was posted, or taken back.")

func (b *Book) check(ctx context.Context, p *wire.ScheduledPost) error {
	if p.ScheduledAt < b.Now.Millis()-tooLate {
		return fault.New(http.StatusBadRequest, "model.scheduled_post.is_valid.scheduled_at.app_error", "The scheduled_at is milliseconds since 1970, and lies ahead.")
	}
	if p.Message == "" && len(p.FileIDs) == 0 {
		return fault.New(http.StatusBadRequest, "model.scheduled_post.is_valid.empty_post.app_error", "A post has a text or a file.")
	}
	if p.Type != "" {
		return fault.BadBody("type", "empty: other posts are written by the server")
	}
	return b.Drafts.Check(ctx, &p.Draft)
}

// told shows a row after a change, to who asked and to the user's other clients.
func (b *Book) told(ctx context.Context, name realtime.Name, connection string) func(dbsql.ScheduledPost, error) (*wire.ScheduledPost, error) {
	return func(row dbsql.ScheduledPost, err error) (*wire.ScheduledPost, error) {
		if store.Missing(err) {
			return nil, errAbsent
		}
		if err != nil {
			return nil, err
		}
		b.changed.Ring()
		views, err := b.view(ctx, row)
		if err != nil {
			return nil, err
		}
		b.Hub.Publish(realtime.Event{Name: name, Data: change{realtime.Text(views[0])}, To: wire.Broadcast{UserID: row.UserID, OmitConnectionID: connection}})
		return views[0], nil
	}
}

// List answers a user's scheduled posts in a team, and beside them those in direct and group messages, that which is due first at the front.
func (b *Book) List(ctx context.Context, user, team id.ID, includeDirect bool) (ofTeam, direct []*wire.ScheduledPost, err error) {
	rows, err := b.DB.ScheduledPostsOfUser(ctx, dbsql.ScheduledPostsOfUserParams{UserID: user, TeamID: team, IncludeDirect: includeDirect})
	if err != nil {
		return nil, nil, err
	}
	list := make([]dbsql.ScheduledPost, len(rows))
	for i, r := range rows {
		list[i] = r.ScheduledPost
	}
	views, err := b.view(ctx, list...)
	if err != nil {
		return nil, nil, err
	}
	ofTeam, direct = []*wire.ScheduledPost{}, []*wire.ScheduledPost{}
	for i, v := range views {
		if rows[i].Direct {
			direct = append(direct, v)
		} else {
			ofTeam = append(ofTeam, v)
		}
	}
	return ofTeam, direct, nil
}

// view completes rows of one user, as drafts are.
func (b *Book) view(ctx context.Context, rows ...dbsql.ScheduledPost) ([]*wire.ScheduledPost, error) {
	begun := make([]dbsql.Draft, len(rows))
	for i, r := range rows {
		begun[i] = dbsql.Draft{UserID: r.UserID, ChannelID: r.ChannelID, RootID: r.RootID, CreateAt: r.CreateAt, UpdateAt: r.UpdateAt, Message: r.Message,
			Type: r.Type, Props: r.Props, Priority: r.Priority, FileIds: r.FileIds}
	}
	views, err := b.Drafts.View(ctx, begun...)
	if err != nil {
		return nil, err
	}
	out := make([]*wire.ScheduledPost, len(rows))
	for i, r := range rows {
		out[i] = &wire.ScheduledPost{Draft: *views[i], ID: r.ID, ScheduledAt: r.ScheduledAt, ProcessedAt: r.ProcessedAt, ErrorCode: r.ErrorCode}
	}
	return out, nil
}
