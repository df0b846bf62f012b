package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) addReaction(r *Request) (Response, error) {
	in, err := decode[struct {
		UserID    id.ID  `json:"user_id"`
		EmojiName string `json:"emoji_name"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.UserID != r.User.ID {
		return Response{}, fault.New(http.StatusForbidden, "api.reaction.save_reaction.user_id.app_error", "Nobody can react for somebody else.")
	}
	if r.Channel.Channel.DeleteAt > 0 {
		return Response{}, fault.New(http.StatusForbidden, "api.reaction.save.archived_channel.app_error", "The channel is archived.")
	}
	return created(a.Reactions.Add(r.Context(), r.Post, in.UserID, in.EmojiName))
}

func (a *API) removeReaction(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if user != r.User.ID && !r.Channel.Allow(r.User.Roles, roles.RemoveOthersReactions) {
		return Response{}, fault.Forbidden()
	}
	return done(a.Reactions.Remove(r.Context(), r.Post, user, r.Path("emoji_name")))
}

func (a *API) reactionsOfPost(r *Request) (Response, error) {
	all, err := a.Reactions.Of(r.Context(), r.Post.ID)
	return reply(all[r.Post.ID], err)
}

func (a *API) reactionsOfPosts(r *Request) (Response, error) {
	ids, err := idList(r, "post_ids")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.Posts.ByIDs(r.Context(), r.User.ID, ids)
	if err != nil || len(rows) == 0 {
		return reply(map[id.ID][]*wire.Reaction{}, err)
	}
	readable := make([]id.ID, len(rows))
	for i, p := range rows {
		readable[i] = p.ID
	}
	return reply(a.Reactions.Of(r.Context(), readable...))
}
