package api

import "github.com/longhouse-dev/longhouse/workspace-server/wire"

func (a *API) setCustomStatus(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.CustomStatus](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.SetCustomStatus(r.Context(), user, in))
}

func (a *API) clearCustomStatus(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.ClearCustomStatus(r.Context(), user))
}

func (a *API) forgetCustomStatus(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.CustomStatus](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.ForgetCustomStatus(r.Context(), user, in))
}
