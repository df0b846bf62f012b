package channels

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type viewed struct {
	ChannelTimes map[id.ID]int64 `json:"channel_times"`
}

// MarkRead notes that a user has seen all of the channels, and tells their other clients.
func (d *Directory) MarkRead(ctx context.Context, user id.ID, list ...id.ID) (*wire.ChannelViewResponse, error) {
	out := &wire.ChannelViewResponse{Status: "OK", LastViewedAtTimes: map[id.ID]int64{}}
	if len(list) == 0 {
		return out, nil
	}
	rows, err := d.DB.MarkChannelsRead(ctx, dbsql.MarkChannelsReadParams{UserID: user, ChannelIds: list, Now: d.Now.Millis()})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		out.LastViewedAtTimes[r.ChannelID] = r.LastViewedAt
		if r.Unread {
			if out.Read == nil {
				out.Read = map[id.ID]bool{}
			}
			out.Read[r.ChannelID] = r.Concerned
		}
	}
	if len(rows) > 0 {
		d.Hub.Publish(realtime.Event{Name: realtime.ChannelsViewed, Data: viewed{out.LastViewedAtTimes}, To: wire.Broadcast{UserID: user}})
	}
	return out, nil
}

// Unread is what a member hasn't read.
func (d *Directory) Unread(ctx context.Context, channel, user id.ID) (wire.ChannelUnread, error) {
	row, err := d.DB.ChannelMember(ctx, dbsql.ChannelMemberParams{ChannelID: channel, UserID: user})
	if store.Missing(err) {
		return wire.ChannelUnread{}, fault.NotFound("channel_member")
	}
	if err != nil {
		return wire.ChannelUnread{}, err
	}
	m := MemberView(row.ChannelMember)
	return wire.ChannelUnread{TeamID: row.Channel.TeamID, ChannelID: channel, MsgCount: row.Channel.Seq - m.MsgCount, MsgCountRoot: row.Channel.RootSeq - m.MsgCountRoot,
		MentionCount: m.MentionCount, MentionCountRoot: m.MentionCountRoot, UrgentMentionCount: m.UrgentMentionCount}, nil
}

type postUnread struct {
	MsgCount           int64 `json:"msg_count"`
	MsgCountRoot       int64 `json:"msg_count_root"`
	MentionCount       int64 `json:"mention_count"`
	MentionCountRoot   int64 `json:"mention_count_root"`
	UrgentMentionCount int64 `json:"urgent_mention_count"`
	LastViewedAt       int64 `json:"last_viewed_at"`
	PostID             id.ID `json:"post_id"`
}

// MarkUnread takes a member back to just before a post.
func (d *Directory) MarkUnread(ctx context.Context, c dbsql.Channel, user id.ID, post dbsql.Post) (wire.ChannelUnreadAt, error) {
	var row dbsql.ChannelMember
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = q.LockChannel(ctx, c.ID); err != nil {
			return err
		}
		row, err = q.SetUnreadFrom(ctx, dbsql.SetUnreadFromParams{ChannelID: c.ID, UserID: user, CreateAt: post.CreateAt, ViewedAt: post.CreateAt - 1, Now: d.Now.Millis()})
		return err
	})
	if store.Missing(err) {
		return wire.ChannelUnreadAt{}, fault.NotFound("channel_member")
	}
	if err != nil {
		return wire.ChannelUnreadAt{}, err
	}
	m := MemberView(row)
	at := wire.ChannelUnreadAt{TeamID: c.TeamID, UserID: user, ChannelID: c.ID, MsgCount: m.MsgCount, MsgCountRoot: m.MsgCountRoot,
		MentionCount: m.MentionCount, MentionCountRoot: m.MentionCountRoot, UrgentMentionCount: m.UrgentMentionCount, LastViewedAt: m.LastViewedAt}
	d.Hub.Publish(realtime.Event{Name: realtime.PostUnread, To: wire.Broadcast{UserID: user, TeamID: c.TeamID, ChannelID: c.ID},
		Data: postUnread{m.MsgCount, m.MsgCountRoot, m.MentionCount, m.MentionCountRoot, m.UrgentMentionCount, m.LastViewedAt, post.ID}})
	return at, nil
}
