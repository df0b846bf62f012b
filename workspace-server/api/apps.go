package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/oauth"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const appsOff = "api.oauth.register_oauth_app.turn_off.app_error"

func (a *API) listApps(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err == nil {
		err = a.OAuth.On(appsOff)
	}
	if err != nil {
		return Response{}, err
	}
	creator := r.User.ID
	if roles.Allow(r.User.Roles, roles.ManageSystemWideOAuth) {
		creator = id.ID{}
	}
	return reply(a.OAuth.List(r.Context(), creator, number, size))
}

func (a *API) createApp(r *Request) (Response, error) {
	if err := a.OAuth.On(appsOff); err != nil {
		return Response{}, err
	}
	in, err := decode[wire.OAuthAppRequest](r)
	if err != nil {
		return Response{}, err
	}
	in.IsTrusted = in.IsTrusted && r.Admin()
	return created(a.OAuth.Create(r.Context(), r.User.ID, in))
}

// onApp finds the app of the address, if the user may see and change it.
func (a *API) onApp(then func(*Request, dbsql.OauthApp) (Response, error)) Handler {
	return func(r *Request) (Response, error) {
		app, err := a.app(r)
		if err == nil && app.CreatorID != r.User.ID {
			err = allowed(roles.Allow(r.User.Roles, roles.ManageSystemWideOAuth))
		}
		if err != nil {
			return Response{}, err
		}
		return then(r, app)
	}
}

func (a *API) app(r *Request) (dbsql.OauthApp, error) {
	if err := a.OAuth.On(appsOff); err != nil {
		return dbsql.OauthApp{}, err
	}
	name, err := r.ID("app_id")
	if err != nil {
		return dbsql.OauthApp{}, err
	}
	return a.OAuth.Find(r.Context(), name)
}

func (a *API) getApp(_ *Request, app dbsql.OauthApp) (Response, error) {
	return reply(a.OAuth.View(app), nil)
}

func (a *API) appInfo(r *Request) (Response, error) {
	app, err := a.app(r)
	return reply(oauth.ForEverybody(app), err)
}

// updateApp leaves it to admins whom nobody is asked about.
func (a *API) updateApp(r *Request, app dbsql.OauthApp) (Response, error) {
	in, err := decode[struct {
		ID id.ID `json:"id"`
		wire.OAuthAppRequest
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.ID != app.ID {
		return Response{}, fault.BadBody("id", "that of the address")
	}
	if !r.Admin() {
		in.IsTrusted = app.Trusted
	}
	return reply(a.OAuth.Update(r.Context(), app, in.OAuthAppRequest))
}

func (a *API) deleteApp(r *Request, app dbsql.OauthApp) (Response, error) {
	return done(a.OAuth.Delete(r.Context(), app.ID))
}

func (a *API) renewApp(r *Request, app dbsql.OauthApp) (Response, error) {
	return reply(a.OAuth.Renew(r.Context(), app))
}

func (a *API) appsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	number, size, err := r.Page()
	if err == nil {
		err = a.OAuth.On(appsOff)
	}
	if err != nil {
		return Response{}, err
	}
	return reply(a.OAuth.OfUser(r.Context(), user, number, size))
}
