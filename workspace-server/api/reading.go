package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// viewChannel is what a client sends whenever its user looks at a channel; it also keeps the session alive.
func (a *API) viewChannel(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.ChannelView](r)
	if err != nil {
		return Response{}, err
	}
	var list []id.ID
	var shown id.ID
	for i, text := range []string{in.ChannelID, in.PrevChannelID} {
		if text == "" {
			continue
		}
		channel, err := id.Parse(text)
		if err != nil {
			return Response{}, fault.BadBody("channel_id", "the id of a channel, or nothing")
		}
		if i == 0 {
			shown = channel
		}
		list = append(list, channel)
	}
	a.Hub.Active(user)
	a.Hub.Looks(user, shown)
	if err := a.Sessions.Extend(r.Context(), r.Session); err != nil {
		return Response{}, err
	}
	if !in.CollapsedThreadsSupported {
		if err := a.Threads.ReadChannels(r.Context(), user, list...); err != nil {
			return Response{}, err
		}
	}
	return a.readChannels(r, user, list...)
}

func (a *API) markRead(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	ids, err := idList(r, "channel_ids")
	if err != nil {
		return Response{}, err
	}
	return a.readChannels(r, user, ids...)
}

func (a *API) readDirect(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ChannelsOfUser(r.Context(), dbsql.ChannelsOfUserParams{UserID: user})
	if err != nil {
		return Response{}, err
	}
	var list []id.ID
	for _, c := range rows {
		if c.TeamID.IsZero() {
			list = append(list, c.ID)
		}
	}
	return a.readChannels(r, user, list...)
}

func (a *API) channelUnread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Channels.Unread(r.Context(), r.Channel.Channel.ID, user))
}

func (a *API) setUnread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	at, err := a.Channels.MarkUnread(r.Context(), r.Channel.Channel, user, r.Post)
	a.recount(r, user, err)
	return reply(at, err)
}
