package oauth

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostCodes may wait to be used, of an app and a user.
const mostCodes = 50

// ParseAuthorize reads an app's wish from a query, in which nothing that is read may be there twice: RFC 6749, 3.1.
func ParseAuthorize(query string) (in wire.AuthorizeRequest, err error) {
	values, err := once(query, map[string]*string{"response_type": &in.ResponseType, "client_id": &in.ClientID, "redirect_uri": &in.RedirectURI, "scope": &in.Scope, "state": &in.State,
		"code_challenge": &in.CodeChallenge, "code_challenge_method": &in.CodeChallengeMethod, "resource": &in.Resource})
	if err == nil && values == 0 {
		err = refuse(http.StatusBadRequest, "invalid_request", "model.authorize.is_valid.client_id.app_error", "An app has to say which it is.")
	}
	return in, err
}

// once fills in what a form or a query says, and counts that.
func once(text string, fields map[string]*string) (n int, err error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return 0, malformed("a query that can be read")
	}
	for name, field := range fields {
		switch said := values[name]; len(said) {
		case 0:
		case 1:
			*field = said[0]
			n++
		default:
			return 0, malformed("one " + name)
		}
	}
	return n, nil
}

func malformed(allowed string) *Refused {
	return refuse(http.StatusBadRequest, "invalid_request", "api.context.invalid_body_param.app_error", "Invalid request: it has %s.", allowed)
}

// Asked is a wish of an app that is known, to be told at an address that is its.
type Asked struct {
	App dbsql.OauthApp
	In  wire.AuthorizeRequest
}

// Ask finds out who wants to be let in. Where it refuses, the browser is sent back only where Refused.Back says so.
func (p *Provider) Ask(ctx context.Context, in wire.AuthorizeRequest) (Asked, error) {
	app, err := id.Parse(in.ClientID)
	if err != nil {
		return Asked{}, refuse(http.StatusBadRequest, "invalid_request", "model.authorize.is_valid.client_id.app_error", "The client_id is none that this workspace gave to an app.")
	}
	a := Asked{In: in}
	if a.App, err = p.Find(ctx, app); err != nil {
		return a, err
	}
	if !a.callsBack() {
		return a, refuse(http.StatusBadRequest, "invalid_request", "api.oauth.allow_oauth.redirect_callback.app_error", "The redirect_uri is none of the app's callback URLs, letter by letter.")
	}
	if refused := a.check(); refused != nil {
		refused.Back = true
		return a, refused
	}
	return a, nil
}

func (a Asked) callsBack() bool { return slices.Contains(a.App.CallbackUrls, a.In.RedirectURI) }

// check says what of the wish the app can be told.
func (a Asked) check() *Refused {
	const id = "model.authorize.is_valid."
	in := a.In
	switch {
	case in.ResponseType == "":
		return refuse(http.StatusBadRequest, "invalid_request", id+"response_type.app_error", "The response_type is missing: it is code.")
	case in.ResponseType != "code":
		return refuse(http.StatusBadRequest, "unsupported_response_type", id+"response_type.app_error", "The response_type is code.")
	case len(in.State) > 1024:
		return refuse(http.StatusBadRequest, "invalid_request", id+"state.app_error", "The state has at most 1024 bytes.")
	case len(in.Scope) > 128:
		return refuse(http.StatusBadRequest, "invalid_scope", id+"scope.app_error", "The scope has at most 128 bytes.")
	case in.CodeChallenge == "" && in.CodeChallengeMethod == "" && a.App.Salt.IsZero():
		return refuse(http.StatusBadRequest, "invalid_request", "model.authorize.validate_pkce.public_client_required.app_error", "A public app sends a code_challenge.")
	case in.CodeChallenge == "" && in.CodeChallengeMethod == "":
	case in.CodeChallenge == "":
		return refuse(http.StatusBadRequest, "invalid_request", id+"code_challenge.app_error", "The code_challenge is missing.")
	case in.CodeChallengeMethod != "S256": // none would be "plain", which keeps nobody out who reads along
		return refuse(http.StatusBadRequest, "invalid_request", id+"code_challenge_method.unsupported.app_error", "The code_challenge_method is S256.")
	case !challengeable(in.CodeChallenge):
		return refuse(http.StatusBadRequest, "invalid_request", id+"code_challenge.format.app_error", "The code_challenge has 43 to 128 letters, digits, - and _.")
	}
	if !resource(in.Resource) {
		return refuse(http.StatusBadRequest, "invalid_target", id+"resource.invalid_uri.app_error", "The resource is an absolute URI of at most 512 bytes, without a fragment.")
	}
	return nil
}

// resource reports whether a text may say what the token is for (RFC 8707), or nothing.
func resource(text string) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && utf8.ValidString(text) && len(text) <= 512 && u.IsAbs() && u.Fragment == ""
}

// Back is where the browser is sent, with the pairs and the app's state.
func (a Asked) Back(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	if a.In.State != "" && len(a.In.State) <= 1024 {
		values.Set("state", a.In.State)
	}
	mark := "?"
	if strings.Contains(a.In.RedirectURI, "?") { // there is no fragment
		mark = "&"
	}
	return a.In.RedirectURI + mark + values.Encode()
}

// Unasked reports whether a user need not be asked: by a trusted app, or by one that they have let in and that proves by its secret that it
// is the same.
func (p *Provider) Unasked(ctx context.Context, user id.ID, a Asked) (bool, error) {
	if a.App.Trusted || a.App.Salt.IsZero() {
		return a.App.Trusted, nil
	}
	return p.DB.OAuthConsent(ctx, dbsql.OAuthConsentParams{UserID: user, AppID: a.App.ID})
}

// LetIn notes that a user lets an app in, and answers where the browser is sent with a code for it.
func (p *Provider) LetIn(ctx context.Context, user id.ID, a Asked) (string, error) {
	now := p.Now()
	code := id.Token()
	err := p.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.PutOAuthConsent(ctx, dbsql.PutOAuthConsentParams{UserID: user, AppID: a.App.ID, Now: now.UnixMilli()}); err != nil {
			return err
		}
		n, err := q.InsertOAuthCode(ctx, dbsql.InsertOAuthCodeParams{CodeHash: id.Digest(code), UserID: user, AppID: a.App.ID, Now: now.UnixMilli(), ExpiresAt: now.Add(codeLife).UnixMilli(),
			RedirectUri: a.In.RedirectURI, Challenge: a.In.CodeChallenge, Audience: a.In.Resource, Most: mostCodes})
		if err == nil && n == 0 {
			err = fault.New(http.StatusTooManyRequests, "app.oauth.save_auth_data.app_error", "The app has %d codes of yours that it doesn't use; try again in ten minutes.", mostCodes)
		}
		return err
	})
	if store.Violates(err, "oauth_consents_app_id_fkey") || store.Violates(err, "oauth_codes_app_id_fkey") { // it was deleted meanwhile
		err = errNoApp
	}
	return a.Back("code", code), err
}
