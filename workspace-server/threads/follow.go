package threads

import (
	"context"
	"math"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type followChanged struct {
	ThreadID   id.ID `json:"thread_id"`
	State      bool  `json:"state"`
	ReplyCount int64 `json:"reply_count"`
}

// Follow begins or ends to follow a thread, which may have no replies yet. What was said so far counts as read.
func (b *Book) Follow(ctx context.Context, user id.ID, root dbsql.Post, follow bool) error {
	_, m, err := b.set(ctx, root, dbsql.SetThreadMemberParams{UserID: user, Following: follow, ViewedAt: math.MaxInt64})
	if err != nil {
		return err
	}
	b.Hub.Publish(realtime.Event{Name: realtime.ThreadFollowChanged, Data: followChanged{root.ID, follow, root.ReplyCount}, To: wire.Broadcast{UserID: user, TeamID: m.TeamID}})
	return nil
}

// set answers what the user had to do with the thread before, and what they have now.
func (b *Book) set(ctx context.Context, root dbsql.Post, to dbsql.SetThreadMemberParams) (before, after dbsql.ThreadMember, err error) {
	to.RootID, to.Now = root.ID, b.Now.Millis()
	err = b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockChannel(ctx, root.ChannelID); err != nil {
			return err
		}
		before, err = q.ThreadMember(ctx, dbsql.ThreadMemberParams{UserID: to.UserID, RootID: to.RootID})
		if err != nil && !store.Missing(err) {
			return err
		}
		after, err = q.SetThreadMember(ctx, to)
		return err
	})
	if store.Missing(err) {
		err = fault.NotFound("thread")
	}
	return before, after, err
}

type readChanged struct {
	ThreadID               id.ID `json:"thread_id"`
	ChannelID              id.ID `json:"channel_id"`
	Timestamp              int64 `json:"timestamp"`
	UnreadReplies          int64 `json:"unread_replies"`
	UnreadMentions         int64 `json:"unread_mentions"`
	PreviousUnreadReplies  int64 `json:"previous_unread_replies"`
	PreviousUnreadMentions int64 `json:"previous_unread_mentions"`
}

// Read notes until when a user has read a thread, in milliseconds since 1970, also back: what was said after that is unread again.
// They follow it from then on.
func (b *Book) Read(ctx context.Context, user id.ID, root dbsql.Post, until int64) (*wire.Thread, error) {
	before, m, err := b.set(ctx, root, dbsql.SetThreadMemberParams{UserID: user, Following: true, ViewedAt: until})
	if err != nil {
		return nil, err
	}
	b.Hub.Publish(realtime.Event{Name: realtime.ThreadReadChanged, To: wire.Broadcast{UserID: user, TeamID: m.TeamID},
		Data: readChanged{root.ID, m.ChannelID, m.LastViewedAt, m.UnreadReplies, m.UnreadMentions, before.UnreadReplies, before.UnreadMentions}})
	return b.one(ctx, false, m)
}

// ReadTeam notes that a user has read all threads of a team, and those of direct and group messages.
func (b *Book) ReadTeam(ctx context.Context, user, team id.ID) error {
	_, err := b.DB.ReadThreads(ctx, dbsql.ReadThreadsParams{UserID: user, TeamID: team, Now: b.Now.Millis()})
	if err == nil {
		b.Hub.Publish(realtime.Event{Name: realtime.ThreadReadChanged, Data: struct{}{}, To: wire.Broadcast{UserID: user, TeamID: team}})
	}
	return err
}

type channelRead struct {
	Timestamp int64 `json:"timestamp"`
}

// ReadChannels notes that a user has read all threads of channels, because their client shows replies among the other posts.
func (b *Book) ReadChannels(ctx context.Context, user id.ID, channels ...id.ID) error {
	now := b.Now.Millis()
	read, err := b.DB.ReadThreads(ctx, dbsql.ReadThreadsParams{UserID: user, ChannelIds: channels, Now: now})
	if err != nil || read == 0 {
		return err
	}
	for _, channel := range channels {
		b.Hub.Publish(realtime.Event{Name: realtime.ThreadReadChanged, Data: channelRead{now}, To: wire.Broadcast{UserID: user, ChannelID: channel}})
	}
	return nil
}

type updated struct {
	Thread                 string `json:"thread"`
	PreviousUnreadReplies  int64  `json:"previous_unread_replies"`
	PreviousUnreadMentions int64  `json:"previous_unread_mentions"`
}

// Replied tells who follows a thread what it is to them after a reply.
func (b *Book) Replied(ctx context.Context, reply dbsql.Post, mentioned []id.ID, followers []dbsql.ThreadFollowersRow) error {
	rows := make([]dbsql.ThreadMember, len(followers))
	for i, f := range followers {
		rows[i] = f.ThreadMember
	}
	views, err := b.view(ctx, true, rows...)
	if err != nil {
		return err
	}
	for i, v := range views {
		user := rows[i].UserID
		data := updated{realtime.Text(v), v.UnreadReplies, v.UnreadMentions}
		if user != reply.UserID {
			data.PreviousUnreadReplies = max(v.UnreadReplies-1, 0)
			if slices.Contains(mentioned, user) {
				data.PreviousUnreadMentions = max(v.UnreadMentions-1, 0)
			}
		}
		b.Hub.Publish(realtime.Event{Name: realtime.ThreadUpdated, Data: data, To: wire.Broadcast{UserID: user, TeamID: rows[i].TeamID}})
	}
	return nil
}
