package threads

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
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
	if !before.Following { // to a client it had nothing unread
		before.UnreadReplies, before.UnreadMentions = 0, 0
	}
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
	err := b.DB.ReadThreadsOfTeam(ctx, dbsql.ReadThreadsOfTeamParams{UserID: user, TeamID: team, Now: b.Now.Millis()})
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
	if len(channels) == 0 {
		return nil
	}
	now := b.Now.Millis()
	read, err := b.DB.ReadThreadsOfChannels(ctx, dbsql.ReadThreadsOfChannelsParams{UserID: user, ChannelIds: channels, Now: now})
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

// forFollower is a thread whose larger parts are the same for everybody, and written once.
type forFollower struct {
	wire.Thread
	Participants json.RawMessage `json:"participants"`
	Post         json.RawMessage `json:"post"`
}

// mostTold is how many of those who replied are told of with a reply, the last: clients show a few, and get all by the list.
const mostTold = 50

// Replied tells who follows a thread, and has a client that listens, what the thread is to them after a reply.
func (b *Book) Replied(ctx context.Context, r posts.Reply) error {
	followers := slices.DeleteFunc(slices.Clone(r.Followers), func(f dbsql.ThreadFollowersRow) bool { return !b.Hub.Listens(f.ThreadMember.UserID) })
	if len(followers) == 0 {
		return nil
	}
	root, err := b.DB.PostByID(ctx, r.Post.RootID)
	if err != nil {
		return err
	}
	root.Participants = root.Participants[max(0, len(root.Participants)-mostTold):]
	views, err := b.Posts.View(ctx, root)
	if err != nil {
		return err
	}
	people, err := b.people(ctx, true, views)
	if err != nil {
		return err
	}
	told := forFollower{Thread: wire.Thread{ID: root.ID, ReplyCount: root.ReplyCount, LastReplyAt: root.LastReplyAt, IsUrgent: root.Priority == posts.Urgent, DeleteAt: root.DeleteAt},
		Post: []byte(realtime.Text(views[0])), Participants: []byte(realtime.Text(named(people, root.Participants)))}
	before := make(map[id.ID]dbsql.ThreadMembersOfRow, len(r.Before))
	for _, m := range r.Before {
		if m.Following { // to a client another had nothing unread
			before[m.UserID] = m
		}
	}
	for _, f := range followers {
		m := f.ThreadMember
		told.LastViewedAt, told.UnreadReplies, told.UnreadMentions = m.LastViewedAt, m.UnreadReplies, m.UnreadMentions
		was := before[m.UserID]
		b.Hub.Publish(realtime.Event{Name: realtime.ThreadUpdated, To: wire.Broadcast{UserID: m.UserID, TeamID: m.TeamID},
			Data: updated{realtime.Text(told), was.UnreadReplies, was.UnreadMentions}})
	}
	return nil
}
