package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) patchUser(r *Request) (Response, error) {
	patch, err := decode[wire.UserPatch](r)
	if err != nil {
		return Response{}, err
	}
	return a.changeUser(r, patch)
}

func (a *API) updateUser(r *Request) (Response, error) {
	in, err := decode[wire.User](r)
	if err != nil {
		return Response{}, err
	}
	return a.changeUser(r, wire.UserPatch{Username: &in.Username, Email: &in.Email, Nickname: &in.Nickname, FirstName: &in.FirstName,
		LastName: &in.LastName, Position: &in.Position, Locale: &in.Locale, Props: in.Props, NotifyProps: in.NotifyProps, Timezone: in.Timezone,
		Password: &in.Password})
}

func (a *API) changeUser(r *Request, patch wire.UserPatch) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if err := a.keepsAddress(r, user, patch); err != nil {
		return Response{}, err
	}
	u, err := a.Users.Patch(r.Context(), user, patch, r.Admin())
	return a.oneUser(r, u, err)
}

// keepsAddress refuses an app who wants another address for somebody: it could have their password set anew there.
func (a *API) keepsAddress(r *Request, user id.ID, patch wire.UserPatch) error {
	if !r.ByApp() || patch.Email == nil {
		return nil
	}
	u, err := a.Users.Get(r.Context(), user)
	if err != nil {
		return err
	}
	address, err := users.Address(*patch.Email) // letters that differ in more than their case can be somebody else's
	if err != nil {
		return err
	}
	return allowed(address == u.Email)
}
