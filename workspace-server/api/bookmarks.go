package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) listBookmarks(r *Request) (Response, error) {
	since, err := r.Millis("bookmarks_since")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Bookmarks.List(r.Context(), r.Channel.Channel.ID, since))
}

var errArchivedBookmarks = fault.New(400, "api.channel.bookmark.channel_bookmark.deleted_channel.app_error", "The channel is archived; its bookmarks stay as they are.")

// bookmarking leaves what an archived channel has.
func bookmarking(do Handler) Handler {
	return func(r *Request) (Response, error) {
		if r.Channel.Channel.DeleteAt > 0 {
			return Response{}, errArchivedBookmarks
		}
		return do(r)
	}
}

func (a *API) createBookmark(r *Request) (Response, error) {
	in, err := decode[wire.ChannelBookmark](r)
	if err != nil {
		return Response{}, err
	}
	in.ChannelID, in.OwnerID = r.Channel.Channel.ID, r.User.ID
	return created(a.Bookmarks.Create(r.Context(), in, r.connection()))
}

func (a *API) updateBookmark(r *Request) (Response, error) {
	named, err := r.ID("bookmark_id")
	if err != nil {
		return Response{}, err
	}
	patch, err := decode[wire.ChannelBookmarkPatch](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Bookmarks.Update(r.Context(), r.Channel.Channel.ID, named, r.User.ID, patch, r.connection()))
}

func (a *API) deleteBookmark(r *Request) (Response, error) {
	named, err := r.ID("bookmark_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Bookmarks.Delete(r.Context(), r.Channel.Channel.ID, named, r.connection()))
}

func (a *API) sortBookmarks(r *Request) (Response, error) {
	named, err := r.ID("bookmark_id")
	if err != nil {
		return Response{}, err
	}
	place, err := decode[int64](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Bookmarks.Sort(r.Context(), r.Channel.Channel.ID, named, place, r.connection()))
}
