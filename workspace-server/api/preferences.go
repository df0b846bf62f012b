package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) listPreferences(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Preferences.List(r.Context(), user, ""))
}

func (a *API) preferencesOfCategory(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Preferences.List(r.Context(), user, r.Path("category")))
}

func (a *API) preference(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Preferences.One(r.Context(), user, r.Path("category"), r.Path("preference_name")))
}

func (a *API) putPreferences(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	list, err := decode[[]wire.Preference](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Preferences.Put(r.Context(), user, list))
}

func (a *API) deletePreferences(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	list, err := decode[[]wire.Preference](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Preferences.Delete(r.Context(), user, list))
}
