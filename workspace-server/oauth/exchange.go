package oauth

import (
	"cmp"
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostGrants are what an app has of a user at once; the oldest ends for one more.
const mostGrants = 20

func badGrant(id, message string) *Refused {
	return refuse(http.StatusBadRequest, "invalid_grant", id, message)
}

var (
	errCode    = badGrant(tokenError+"expired_code.app_error", "The code is wrong, was used, or is older than ten minutes.")
	errRefresh = badGrant(tokenError+"refresh_token.app_error", "The refresh_token is wrong, was used, or has ended.")
)

// hold makes sure, for the rest of a transaction, that the app's secret is still the one that it came with, that the user is active and lets it
// in. It takes these rows before any other, and the app's first, as those do who end that.
func hold(ctx context.Context, q *dbsql.Queries, user id.ID, app dbsql.OauthApp, otherwise *Refused) error {
	_, err := q.HoldOAuthApp(ctx, dbsql.HoldOAuthAppParams{ID: app.ID, Salt: app.Salt})
	if err == nil {
		_, err = q.HoldOAuthConsent(ctx, dbsql.HoldOAuthConsentParams{UserID: user, AppID: app.ID})
	}
	return lost(err, otherwise)
}

// lost is what is said where a row is not there.
func lost(err error, otherwise *Refused) error {
	if store.Missing(err) {
		return otherwise
	}
	return err
}

// exchange gives an app tokens for a code. Who comes with one that was used ends what it was used for: RFC 6749, 4.1.2.
func (p *Provider) exchange(ctx context.Context, app dbsql.OauthApp, in TokenRequest) (out *wire.AccessResponse, err error) {
	digest := id.Digest(in.Code)
	code, err := p.DB.OAuthCode(ctx, digest)
	if err != nil || code.AppID != app.ID {
		return nil, cmp.Or(lost(err, errCode), error(errCode))
	}
	var ended []id.ID
	err = p.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := hold(ctx, q, code.UserID, app, errCode); err != nil {
			return err
		}
		if code, err = q.HoldOAuthCode(ctx, digest); err != nil {
			return lost(err, errCode)
		}
		if code.Used {
			return nil
		}
		if err := p.fits(code, app, in); err != nil {
			return err
		}
		out, ended, err = p.grant(ctx, q, app, code)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case code.Used:
		return nil, p.stolen(ctx, code.GrantID, errCode)
	}
	p.Sessions.Hub.EndSession(ended...)
	return out, nil
}

// stolen ends a grant of which something was used twice.
func (p *Provider) stolen(ctx context.Context, grant id.ID, refused *Refused) error {
	ended, err := p.DB.EndOAuthSessionOfGrant(ctx, grant)
	p.Sessions.Hub.EndSession(ended...)
	return cmp.Or(err, error(refused))
}

// fits says what keeps an app from using a code that is its own.
func (p *Provider) fits(code dbsql.OauthCode, app dbsql.OauthApp, in TokenRequest) error {
	const id = "model.authorize.validate_pkce."
	switch {
	case code.ExpiresAt <= p.Now.Millis():
		return errCode
	case in.RedirectURI != code.RedirectUri:
		return badGrant(tokenError+"redirect_uri.app_error", "The redirect_uri is not the one that the code was sent to.")
	case in.Resource != "" && in.Resource != code.Audience:
		return refuse(http.StatusBadRequest, "invalid_target", tokenError+"resource_mismatch.app_error", "The resource is not the one that the code was asked for.")
	case code.Challenge == "" && app.Salt.IsZero():
		return badGrant(id+"public_client_required.app_error", "A public app's code has a code_challenge.")
	case code.Challenge == "" && in.Verifier != "":
		return badGrant(id+"not_used_in_auth.app_error", "The code was asked for without a code_challenge.")
	case code.Challenge != "" && in.Verifier == "":
		return badGrant(id+"verifier_required.app_error", "The code_verifier is missing.")
	case code.Challenge != "" && !proves(in.Verifier, code.Challenge):
		return badGrant(id+"verification_failed.app_error", "The code_verifier is not the one that the code_challenge was made of.")
	}
	return nil
}

// grant opens the session that a code is good for, and answers which others end for it.
func (p *Provider) grant(ctx context.Context, q *dbsql.Queries, app dbsql.OauthApp, code dbsql.OauthCode) (*wire.AccessResponse, []id.ID, error) {
	o, err := p.Sessions.OpenForApp(ctx, q, code.UserID, app.ID, app.Name)
	if err != nil {
		return nil, nil, err
	}
	g := dbsql.InsertOAuthGrantParams{ID: id.New(), UserID: code.UserID, AppID: app.ID, SessionID: o.ID, Now: p.Now.Millis(), ExpiresAt: o.ExpiresAt, Audience: code.Audience}
	refresh := ""
	if !app.Salt.IsZero() { // a public app proves nothing when it renews: it asks again
		refresh, g.ExpiresAt = id.Token(), p.renewable(o.ExpiresAt)
	}
	if err := q.InsertOAuthGrant(ctx, g); err != nil {
		return nil, nil, err
	}
	if err := q.UseOAuthCode(ctx, dbsql.UseOAuthCodeParams{CodeHash: code.CodeHash, GrantID: g.ID}); err != nil {
		return nil, nil, err
	}
	if refresh != "" {
		if err := q.InsertOAuthRefreshToken(ctx, dbsql.InsertOAuthRefreshTokenParams{TokenHash: id.Digest(refresh), GrantID: g.ID, ExpiresAt: g.ExpiresAt}); err != nil {
			return nil, nil, err
		}
	}
	ended, err := q.EndOldOAuthSessions(ctx, dbsql.EndOldOAuthSessionsParams{AppID: app.ID, UserID: code.UserID, Keep: mostGrants})
	return p.access(o.Token, refresh, code.Audience), ended, err
}

// renewable is until when a token can be renewed that ends then: for as long again.
func (p *Provider) renewable(end int64) int64 { return end + p.Sessions.Length().Milliseconds() }
