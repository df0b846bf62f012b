// Package reactions owns the emoji that people put on posts. It never decides who may.
package reactions

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/emoji"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostKinds is how many different emoji one post may have.
const mostKinds = 50

// Log holds every reaction.
type Log struct {
	DB  *store.DB
	Hub *realtime.Hub
	Now clock.Clock
}

type change struct {
	Reaction string `json:"reaction"`
}

// Add puts an emoji on a post and tells the channel; once more changes nothing.
func (l *Log) Add(ctx context.Context, post dbsql.Post, user id.ID, name string) (*wire.Reaction, error) {
	if !emoji.IsName(name) {
		return nil, fault.BadBody("emoji_name", emoji.Allowed)
	}
	kinds, err := l.DB.CountDistinctReactions(ctx, dbsql.CountDistinctReactionsParams{PostID: post.ID, EmojiName: name})
	if err != nil {
		return nil, err
	}
	if kinds >= mostKinds {
		return nil, fault.New(http.StatusBadRequest, "app.reaction.save.save.too_many_reactions", "A post has at most %d different reactions.", mostKinds)
	}
	now := l.Now.Millis()
	row, err := l.DB.AddReaction(ctx, dbsql.AddReactionParams{PostID: post.ID, UserID: user, EmojiName: name, Now: now})
	if store.Missing(err) {
		return &wire.Reaction{UserID: user, PostID: post.ID, EmojiName: name, CreateAt: now, UpdateAt: now, ChannelID: post.ChannelID}, nil
	}
	if err != nil {
		return nil, err
	}
	return l.announce(realtime.ReactionAdded, dbsql.Reaction(row)), nil
}

// Remove takes an emoji off a post and tells the channel; once more changes nothing.
func (l *Log) Remove(ctx context.Context, post dbsql.Post, user id.ID, name string) error {
	row, err := l.DB.RemoveReaction(ctx, dbsql.RemoveReactionParams{PostID: post.ID, UserID: user, EmojiName: name, Now: l.Now.Millis()})
	if store.Missing(err) {
		return nil
	}
	if err == nil {
		l.announce(realtime.ReactionRemoved, dbsql.Reaction(row))
	}
	return err
}

// Of lists the reactions of posts, oldest first.
func (l *Log) Of(ctx context.Context, ids ...id.ID) (map[id.ID][]*wire.Reaction, error) {
	rows, err := l.DB.ReactionsOfPosts(ctx, ids)
	out := make(map[id.ID][]*wire.Reaction, len(ids))
	for _, post := range ids {
		out[post] = []*wire.Reaction{}
	}
	for _, r := range rows {
		out[r.PostID] = append(out[r.PostID], posts.Reaction(r))
	}
	return out, err
}

func (l *Log) announce(name realtime.Name, row dbsql.Reaction) *wire.Reaction {
	view := posts.Reaction(row)
	l.Hub.Publish(realtime.Event{Name: name, Data: change{realtime.Text(view)}, To: wire.Broadcast{ChannelID: row.ChannelID}})
	return view
}
