package schedule

import (
	"context"
	"encoding/json"
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
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const batch = 100

// Run posts what is due, until ctx ends.
func (b *Book) Run(ctx context.Context, log *slog.Logger) {
	guard.WhenDue(ctx, log, b.changed, "scheduled posts", b.SendDue)
}

// SendDue posts what is due, and answers for how long nothing will be. One that fails keeps no other waiting.
func (b *Book) SendDue(ctx context.Context) (time.Duration, error) {
	for {
		due, err := b.DB.DueScheduledPosts(ctx, dbsql.DueScheduledPostsParams{Now: b.Now.Millis(), MaxRows: batch})
		if err != nil {
			return 0, err
		}
		for _, row := range due {
			err = errors.Join(err, b.Send(ctx, row))
		}
		if err != nil {
			return 0, err
		}
		if len(due) < batch {
			break
		}
	}
	next, err := b.DB.NextScheduled(ctx)
	return guard.Until(next, b.Now.Millis()), err
}

// Send posts one, in the transaction that takes it from the scheduled ones: by whichever instance, it is posted once, as it is then.
func (b *Book) Send(ctx context.Context, row dbsql.ScheduledPost) error {
	d, why, err := b.draft(ctx, row)
	if err == nil && why == "" {
		d.First = func(ctx context.Context, q *dbsql.Queries) error {
			_, err := q.TakeScheduledPost(ctx, dbsql.TakeScheduledPostParams{ID: row.ID, UpdateAt: row.UpdateAt})
			if store.Missing(err) {
				err = errAbsent
			}
			return err
		}
		if _, err = b.Posts.Create(ctx, d); err == nil {
			_, err = b.told(context.WithoutCancel(ctx), realtime.ScheduledPostDeleted, "")(row, nil)
			return err
		}
	}
	if errors.Is(err, errAbsent) { // its user, or another instance, was faster
		return nil
	}
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError {
		why, err = reason(refused), nil
	}
	if err != nil {
		return err
	}
	_, err = b.told(ctx, realtime.ScheduledPostUpdated, "")(b.DB.NoteScheduledFailure(ctx, dbsql.NoteScheduledFailureParams{ID: row.ID, Now: b.Now.Millis(), ErrorCode: why, UpdateAt: row.UpdateAt}))
	if errors.Is(err, errAbsent) {
		err = nil
	}
	return err
}

// The protocol's words for why a scheduled post could not be posted.
const (
	userDeleted     = "user_deleted"
	channelArchived = "channel_archived"
	noMember        = "no_channel_member"
	noPermission    = "no_channel_permission"
	threadDeleted   = "thread_deleted"
	invalidPost     = "invalid_post"
)

func reason(refused *fault.Error) string {
	if refused.ID == "api.post.create_post.root_id.app_error" {
		return threadDeleted
	}
	return invalidPost
}

// draft is the post, or the reason why it must not be.
func (b *Book) draft(ctx context.Context, row dbsql.ScheduledPost) (d posts.Draft, why string, err error) {
	u, err := b.DB.UserByID(ctx, row.UserID)
	if err != nil {
		return d, "", err
	}
	to, err := b.Channels.Access(ctx, row.ChannelID, row.UserID)
	if err != nil {
		return d, "", err
	}
	switch {
	case u.DeleteAt > 0:
		return d, userDeleted, nil
	case to.Channel.DeleteAt > 0:
		return d, channelArchived, nil
	case !to.Member:
		return d, noMember, nil
	case !to.Allow(u.Roles, roles.CreatePost):
		return d, noPermission, nil
	}
	var priority *wire.PostPriority
	if err := json.Unmarshal(row.Priority, &priority); err != nil {
		return d, invalidPost, nil
	}
	return posts.Draft{Priority: priority, Author: u, Channel: to.Channel, RootID: row.RootID, Message: row.Message, Props: row.Props, FileIDs: row.FileIds,
		AtAll: to.Allow(u.Roles, roles.UseChannelMentions), AtGroups: to.Allow(u.Roles, roles.UseGroupMentions), Absent: true}, "", nil
}
