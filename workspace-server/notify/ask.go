package notify

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Whole is all that a phone may show of a post, for a reader who may read it.
func (c *Crier) Whole(ctx context.Context, p dbsql.Post, in dbsql.Channel) (wire.PushNotification, error) {
	author, err := c.DB.UserByID(ctx, p.UserID)
	if err != nil {
		return wire.PushNotification{}, err
	}
	n := c.message(p, in, author.Username, config.Full)
	n.IsIDLoaded = true
	return n, nil
}

// Test writes to somebody in the name of the workspace's own bot, whatever they wanted to be told of.
func (c *Crier) Test(ctx context.Context, user id.ID) error {
	bot, err := c.Users.SystemBot(ctx)
	if err != nil {
		return err
	}
	to, err := c.Channels.OpenDirect(ctx, bot.ID, user)
	if err != nil {
		return err
	}
	in, err := c.Channels.Access(ctx, to.ID, bot.ID)
	if err != nil {
		return err
	}
	_, err = c.Posts.Create(ctx, posts.Draft{Author: bot, Channel: in.Channel, Asked: true, Message: "If you were told of this message, notifications work."})
	return err
}
