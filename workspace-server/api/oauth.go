package api

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/oauth"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const letInOff = "api.oauth.allow_oauth.turn_off.app_error"

// appPages are what the protocol has of OAuth beside its own routes: for browsers, for apps, and for who is asked about them.
func (a *API) appPages(mux chi.Router) {
	mux.Get(oauth.AuthorizePath, a.adapt(Route{Rule: anyone, Handler: a.askAboutApp}))
	mux.Post(oauth.AuthorizePath, a.adapt(Route{Rule: anyone, Handler: a.letAppIn}))
	mux.Post(oauth.DeauthorizePath, a.adapt(Route{Rule: byPerson(signedIn), Handler: a.deauthorizeApp}))
	mux.Post(oauth.TokenPath, a.adapt(Route{Rule: anyone, Handler: a.takeTokens}))
	mux.Get(oauth.MetadataPath, a.adapt(Route{Rule: anyone, Handler: a.oauthMetadata}))
}

// letAppIn takes the answer of who was asked: from our own page, or from a client that has asked by itself.
func (a *API) letAppIn(r *Request) (Response, error) {
	if isForm(r.Request) {
		return a.answeredAboutApp(r)
	}
	if err := byPerson(signedIn)(a, r); err != nil {
		return Response{}, err
	}
	if err := a.OAuth.On(letInOff); err != nil {
		return Response{}, err
	}
	in, err := decode[wire.AuthorizeRequest](r)
	if err != nil {
		return Response{}, err
	}
	asked, err := a.OAuth.Ask(r.Context(), in)
	var refused *oauth.Refused
	if errors.As(err, &refused) && refused.Code == "unsupported_response_type" {
		return sendTo(asked.Back("error", refused.Code), nil)
	}
	if err != nil {
		return Response{}, err
	}
	return sendTo(a.OAuth.LetIn(r.Context(), r.User.ID, asked))
}

func sendTo(location string, err error) (Response, error) {
	return Response{JSON: map[string]string{"redirect": location}, Header: http.Header{"Cache-Control": {"no-store"}}}, err
}

func (a *API) deauthorizeApp(r *Request) (Response, error) {
	if err := a.OAuth.On(letInOff); err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		ClientID id.ID `json:"client_id"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.ClientID.IsZero() {
		return Response{}, fault.BadBody("client_id", "the id of an app")
	}
	return done(a.OAuth.Deauthorize(r.Context(), r.User.ID, in.ClientID))
}

// takeTokens answers apps. What it refuses is the protocol's error and OAuth's in one, for clients of either.
func (a *API) takeTokens(r *Request) (Response, error) {
	if err := a.OAuth.On("api.oauth.get_access_token.disabled.app_error"); err != nil {
		return Response{}, err
	}
	in, err := oauth.ParseToken(r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.body)
	var out *wire.AccessResponse
	if err == nil {
		out, err = a.OAuth.Token(r.Context(), in, a.address(r.Request))
	}
	kept := http.Header{"Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}
	if err != nil {
		var refused *oauth.Refused
		if in.Basic && errors.As(err, &refused) && refused.Code == "invalid_client" { // RFC 6749, 5.2
			kept.Set("WWW-Authenticate", `Basic realm="`+oauth.TokenPath+`"`)
		}
		return a.refusedToApp(r, err, kept)
	}
	return Response{JSON: out, Header: kept}, nil
}

func (a *API) refusedToApp(r *Request, err error, header http.Header) (Response, error) {
	var refused *oauth.Refused
	if !errors.As(err, &refused) {
		return Response{}, err
	}
	e := a.explain(r, refused)
	return Response{Status: e.StatusCode, Header: header, JSON: wire.OAuthError{Error: e, Code: refused.Code, Description: e.Message}}, nil
}

func (a *API) registerApp(r *Request) (Response, error) {
	if err := a.OAuth.On(appsOff); err != nil {
		return Response{}, err
	}
	in, err := decode[wire.ClientRegistrationRequest](r)
	if err != nil {
		return Response{}, err
	}
	out, err := a.OAuth.Register(r.Context(), in, a.address(r.Request))
	if err != nil {
		return a.refusedToApp(r, err, nil)
	}
	return Response{Status: http.StatusCreated, JSON: out, Header: http.Header{"Cache-Control": {"no-store"}}}, nil
}

func (a *API) oauthMetadata(r *Request) (Response, error) {
	if err := a.OAuth.On(letInOff); err != nil {
		return Response{}, err
	}
	return reply(a.OAuth.Metadata(a.workspace(r.Request).Address), nil)
}
