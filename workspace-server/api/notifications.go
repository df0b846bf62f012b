package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/notify"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// readChannels notes that a user has read channels, and has their phones show no longer what was read.
func (a *API) readChannels(r *Request, user id.ID, list ...id.ID) (Response, error) {
	out, err := a.Channels.MarkRead(r.Context(), user, list...)
	if err == nil && a.Notify.Pushes() {
		for channel, concerned := range out.Read {
			a.Notify.Read(notify.Reading{User: user, Session: r.Session.ID, Channel: channel, Concerned: concerned})
		}
	}
	return reply(out, err)
}

// recount has a user's phones show how much they have not read, after it changed otherwise.
func (a *API) recount(r *Request, user id.ID, err error) {
	if err == nil {
		a.Notify.Read(notify.Reading{User: user, Session: r.Session.ID, Concerned: true})
	}
}

// ackNotification is a phone's word that it was told something. One that was told just that, and not what, gets the rest here.
func (a *API) ackNotification(r *Request) (Response, error) {
	in, err := decode[wire.PushNotificationAck](r)
	if err != nil {
		return Response{}, err
	}
	if !in.IsIDLoaded {
		return done(nil)
	}
	if in.PostID.IsZero() {
		return Response{}, fault.BadBody("post_id", "the id of a post")
	}
	if err := a.enterPost(r, in.PostID, roles.ReadChannelContent); err != nil {
		return Response{}, err
	}
	return reply(a.Notify.Whole(r.Context(), r.Post, r.Channel.Channel))
}

// testNotification has the workspace's own bot write to who asks, who wants to be told of it in any case.
func (a *API) testNotification(r *Request) (Response, error) {
	if r.User.IsBot {
		return Response{}, fault.New(http.StatusForbidden, "api.context.permissions.app_error", "A bot has nobody to be told something.")
	}
	return done(a.Notify.Test(r.Context(), r.User.ID))
}
