package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// createEphemeral shows a post to one user, who has to be able to read the channel that it stands in.
func (a *API) createEphemeral(r *Request) (Response, error) {
	in, err := decode[wire.PostEphemeral](r)
	if err != nil {
		return Response{}, err
	}
	if in.UserID.IsZero() {
		return Response{}, fault.BadBody("user_id", "the id of a user")
	}
	if in.Post == nil || in.Post.ChannelID.IsZero() {
		return Response{}, fault.BadBody("post", "a post, with the id of its channel")
	}
	reader, err := a.Users.Get(r.Context(), in.UserID)
	if err != nil {
		return Response{}, err
	}
	to, err := a.Channels.Access(r.Context(), in.Post.ChannelID, reader.ID)
	if err != nil {
		return Response{}, err
	}
	if !to.Allow(reader.Roles, roles.ReadChannelContent) {
		return Response{}, fault.BadBody("user_id", "somebody who can read the channel")
	}
	return created(a.Posts.WhisperTo(r.Context(), reader.ID, posts.Draft{Author: r.User, Channel: to.Channel, RootID: in.Post.RootID, Message: in.Post.Message, Props: in.Post.Props}))
}
