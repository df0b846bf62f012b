package api

import (
	"cmp"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// onAccessToken needs a permission, and to be the user whose token the address or the body names, or someone who may edit others.
func onAccessToken(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := system(want)(a, r); err != nil {
			return err
		}
		token, err := r.namedToken()
		if err != nil {
			return err
		}
		if r.AccessToken, err = a.Sessions.FindAccessToken(r.Context(), token); err != nil {
			return err
		}
		return allowed(r.AccessToken.UserID == r.User.ID || roles.Allow(r.User.Roles, roles.EditOtherUsers))
	}
}

func (r *Request) namedToken() (id.ID, error) {
	if r.Path("token_id") != "" {
		return r.ID("token_id")
	}
	var body struct {
		TokenID id.ID `json:"token_id"`
	}
	err := r.decodeTo(&body)
	if err == nil && body.TokenID.IsZero() {
		err = fault.BadBody("token_id", "the id of an access token")
	}
	return body.TokenID, err
}

func (a *API) createAccessToken(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		Description string `json:"description"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if !a.Config.Settings().Enabled.AccessTokens {
		if u, err := a.Users.Get(r.Context(), user); err != nil || !u.IsBot {
			return Response{}, cmp.Or(err, errNoTokens)
		}
	}
	return created(a.Sessions.NewAccessToken(r.Context(), user, in.Description))
}

func (a *API) accessTokensOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	return accessTokens(a.DB.AccessTokensOfUser(r.Context(), dbsql.AccessTokensOfUserParams{UserID: user, MaxRows: int32(size), Skip: int32(number * size)}))
}

func (a *API) allAccessTokens(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	return accessTokens(a.DB.AccessTokens(r.Context(), dbsql.AccessTokensParams{MaxRows: int32(size), Skip: int32(number * size)}))
}

func (a *API) searchAccessTokens(r *Request) (Response, error) {
	in, err := decode[struct {
		Term string `json:"term"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	term := strings.ToLower(strings.TrimSpace(in.Term))
	if term == "" {
		return Response{}, fault.BadBody("term", "the beginning of a username, or the id of a user or token")
	}
	named, _ := id.Parse(term) // a name is no id
	return accessTokens(a.DB.AccessTokens(r.Context(), dbsql.AccessTokensParams{Term: pattern(term), TermID: named, MaxRows: largestPage}))
}

func accessTokens(rows []dbsql.AccessToken, err error) (Response, error) {
	out := make([]*wire.UserAccessToken, len(rows))
	for i, t := range rows {
		out[i] = sessions.AccessTokenView(t)
	}
	return reply(out, err)
}

func (a *API) accessToken(r *Request) (Response, error) {
	return reply(sessions.AccessTokenView(r.AccessToken), nil)
}

func (a *API) revokeAccessToken(r *Request) (Response, error) {
	return done(a.Sessions.RevokeAccessToken(r.Context(), r.AccessToken))
}

func (a *API) setAccessTokenActive(active bool) Handler {
	return func(r *Request) (Response, error) {
		return done(a.Sessions.SetAccessTokenActive(r.Context(), r.AccessToken, active))
	}
}
