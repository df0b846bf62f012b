package commands

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// LaterPath is where a program may say more of a command, behind which stands an id.
const LaterPath = "/hooks/commands/"

// A program may say more so often, and for so long.
const (
	mostReplies  = 5
	repliesUntil = 30 * time.Minute
)

var errSpent = fault.New(http.StatusBadRequest, "web.command_webhook.invalid.app_error", "No command waits for this answer, or not any more: there may be 5, within 30 minutes.")

// Later says what a program says of a command that somebody typed a while ago, as they could say it now.
func (r *Runner) Later(ctx context.Context, reply id.ID, kind string, body []byte) error {
	in, err := response(kind, body)
	if err != nil {
		return fault.New(http.StatusBadRequest, "web.command_webhook.parse.app_error", "The answer can't be read: %s.", err)
	}
	row, err := r.DB.UseCommandReply(ctx, dbsql.UseCommandReplyParams{ID: reply, Most: mostReplies, Since: r.Now().Add(-repliesUntil).UnixMilli()})
	if store.Missing(err) {
		return errSpent
	}
	if err != nil {
		return err
	}
	own, err := r.DB.Command(ctx, row.CommandID)
	if err != nil {
		return err
	}
	c := Call{RootID: row.RootID}
	if c.User, err = r.Users.Get(ctx, row.UserID); err != nil {
		return err
	}
	if c.In, err = r.Channels.Access(ctx, row.ChannelID, row.UserID); err != nil {
		return err
	}
	if c.User.DeleteAt > 0 || !c.In.Allow(c.User.Roles, roles.CreatePost) {
		return errSpent
	}
	return r.sayAll(ctx, c, own, in)
}

// ForgetReplies drops the places for answers that come too late.
func (r *Runner) ForgetReplies(ctx context.Context) error {
	return r.DB.DeleteOldCommandReplies(ctx, r.Now().Add(-repliesUntil).UnixMilli())
}
