package posts

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// again answers a repeated request with the post that the first one made.
func (l *Log) again(ctx context.Context, d Draft) (*wire.Post, error) {
	p, err := l.DB.PostByClaim(ctx, dbsql.PostByClaimParams{UserID: d.Author.ID, PendingID: d.PendingID})
	if err != nil {
		return nil, err
	}
	if p.ChannelID != d.Channel.ID {
		return nil, fault.BadBody("pending_post_id", "a name that you used for no other post")
	}
	return l.view(ctx, p, d.PendingID)
}

// claimLife is how long a repeated request still finds its first one.
const claimLife = 24 * time.Hour

// ForgetClaims drops the pending ids of old posts.
func (l *Log) ForgetClaims(ctx context.Context) error {
	return l.DB.DeleteOldClaims(ctx, l.Now().Add(-claimLife).UnixMilli())
}
