package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) listDrafts(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Drafts.List(r.Context(), user, r.Team.Team.ID))
}

func (a *API) putDraft(r *Request) (Response, error) {
	in, err := decode[wire.Draft](r)
	if err != nil {
		return Response{}, err
	}
	in.UserID = r.User.ID
	return created(a.Drafts.Put(r.Context(), in, r.connection()))
}

func (a *API) deleteDraft(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	channel, err := r.ID("channel_id")
	if err != nil {
		return Response{}, err
	}
	var root id.ID
	if r.Path("thread_id") != "" {
		if root, err = r.ID("thread_id"); err != nil {
			return Response{}, err
		}
	}
	return done(a.Drafts.Delete(r.Context(), user, channel, root, r.connection()))
}
