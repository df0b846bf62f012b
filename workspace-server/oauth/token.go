package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// TokenRequest is an app's wish for tokens.
type TokenRequest struct {
	Grant, Code, RedirectURI, Verifier, RefreshToken, Resource string
	ClientID, Secret                                           string
	Basic                                                      bool // by the header, not the form
}

// ParseToken reads an app's wish from a form; who it is may be in the header (RFC 6749, 2.3.1), and not in both.
func ParseToken(contentType, authorization string, form []byte) (in TokenRequest, err error) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/x-www-form-urlencoded" {
		return in, malformed("the Content-Type application/x-www-form-urlencoded")
	}
	if _, err := once(string(form), map[string]*string{"grant_type": &in.Grant, "code": &in.Code, "redirect_uri": &in.RedirectURI, "code_verifier": &in.Verifier, "refresh_token": &in.RefreshToken,
		"resource": &in.Resource, "client_id": &in.ClientID, "client_secret": &in.Secret}); err != nil {
		return in, err
	}
	kind, value, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(kind, "basic") {
		return in, nil
	}
	name, secret, err := parseBasic(value)
	if err != nil || in.Secret != "" || in.ClientID != "" && in.ClientID != name {
		return in, malformed("the client's id and secret in the Authorization header, or in the form")
	}
	in.ClientID, in.Secret, in.Basic = name, secret, true
	return in, nil
}

func parseBasic(value string) (name, secret string, err error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return "", "", err
	}
	name, secret, _ = strings.Cut(string(raw), ":")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", err
	}
	secret, err = url.QueryUnescape(secret)
	return name, secret, err
}

const tokenError = "api.oauth.get_access_token."

// ErrSlowDown says that an app, or somebody in its name, has failed too often lately.
var ErrSlowDown = refuse(http.StatusTooManyRequests, "slow_down", "api.context.rate_limit.app_error", "There were too many failed attempts; try again in a minute.")

// Token gives an app tokens for a code or a refresh token. From is who asks, of whom only so many failures are taken.
func (p *Provider) Token(ctx context.Context, in TokenRequest, from string) (*wire.AccessResponse, error) {
	name, _ := id.Parse(in.ClientID) // what can be no id is all one, so that nobody has us keep as much as a form holds
	key := from + " " + name.String()
	if p.failures.Look(key, p.Now()).Refused {
		return nil, ErrSlowDown
	}
	out, err := p.token(ctx, in)
	if refused, is := err.(*Refused); is && (refused.Code == "invalid_client" || refused.Code == "invalid_grant") { //nolint:errorlint // nobody wraps it on this way
		p.failures.Take(key, p.Now())
	}
	return out, err
}

func (p *Provider) token(ctx context.Context, in TokenRequest) (*wire.AccessResponse, error) {
	switch {
	case in.Grant != "authorization_code" && in.Grant != "refresh_token":
		return nil, refuse(http.StatusBadRequest, "unsupported_grant_type", tokenError+"bad_grant.app_error", "The grant_type is authorization_code or refresh_token.")
	case in.Grant == "authorization_code" && in.Code == "":
		return nil, refuse(http.StatusBadRequest, "invalid_request", tokenError+"missing_code.app_error", "The code is missing.")
	case in.Grant == "refresh_token" && in.RefreshToken == "":
		return nil, refuse(http.StatusBadRequest, "invalid_request", tokenError+"missing_refresh_token.app_error", "The refresh_token is missing.")
	}
	app, err := p.authenticate(ctx, in)
	if err != nil {
		return nil, err
	}
	if in.Grant == "authorization_code" {
		return p.exchange(ctx, app, in)
	}
	return p.refresh(ctx, app, in)
}

// authenticate finds out which app asks. A public one has nothing to prove it by here: its code's verifier does.
func (p *Provider) authenticate(ctx context.Context, in TokenRequest) (app dbsql.OauthApp, err error) {
	nobody := refuse(http.StatusUnauthorized, "invalid_client", tokenError+"credentials.app_error", "The client_id or client_secret is wrong.")
	name, err := id.Parse(in.ClientID)
	if err != nil {
		return app, refuse(http.StatusUnauthorized, "invalid_client", tokenError+"bad_client_id.app_error", "The client_id is none that this workspace gave to an app.")
	}
	if app, err = p.Find(ctx, name); err != nil {
		if fault.Is(err, errNoApp.ID) {
			err = nobody
		}
		return app, err
	}
	switch {
	case app.Salt.IsZero() && in.Secret != "":
		return app, refuse(http.StatusUnauthorized, "invalid_client", "model.oauth.validate_grant.public_client_secret.app_error", "A public app has no client_secret.")
	case app.Salt.IsZero():
		return app, nil
	case in.Secret == "":
		return app, refuse(http.StatusUnauthorized, "invalid_client", tokenError+"bad_client_secret.app_error", "The client_secret is missing.")
	case subtle.ConstantTimeCompare([]byte(in.Secret), []byte(p.secret(app))) != 1:
		return app, nobody
	}
	return app, nil
}

// access is the answer to a wish that is granted.
func (p *Provider) access(token, refresh, audience string) *wire.AccessResponse {
	return &wire.AccessResponse{AccessToken: token, TokenType: "bearer", ExpiresInSeconds: int32(p.Sessions.Length().Seconds()), Scope: scope, RefreshToken: refresh, Audience: audience}
}
