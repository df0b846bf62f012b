package oauth

import (
	"cmp"
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostUsed refresh tokens of a grant are known again; those before are only wrong.
const mostUsed = 50

// refresh gives an app new tokens for a refresh token, which is good once: who comes with it again ends what came of it.
func (p *Provider) refresh(ctx context.Context, app dbsql.OauthApp, in TokenRequest) (out *wire.AccessResponse, err error) {
	if app.Salt.IsZero() {
		return nil, refuse(http.StatusBadRequest, "unauthorized_client", "model.oauth.validate_grant.public_client_refresh_token.app_error", "A public app has no refresh_token.")
	}
	digest := id.Digest(in.RefreshToken)
	g, err := p.DB.OAuthGrantByRefreshToken(ctx, digest)
	if err != nil || g.AppID != app.ID {
		return nil, cmp.Or(lost(err, errRefresh), error(errRefresh))
	}
	again := false
	err = p.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := hold(ctx, q, g.UserID, app, errRefresh); err != nil {
			return err
		}
		if _, err := q.HoldSession(ctx, g.SessionID); err != nil { // of many who come at once, one after the other
			return lost(err, errRefresh)
		}
		token, err := q.OAuthRefreshToken(ctx, digest)
		switch {
		case err != nil:
			return lost(err, errRefresh)
		case token.Used:
			again = true
			return nil
		case token.ExpiresAt <= p.Now.Millis():
			return errRefresh
		case in.Resource != "" && in.Resource != g.Audience:
			return refuse(http.StatusBadRequest, "invalid_target", tokenError+"resource_mismatch.app_error", "The resource is not the one that the token is for.")
		}
		out, err = p.renew(ctx, q, g, digest)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case again:
		return nil, p.stolen(ctx, g.ID, errRefresh)
	}
	p.Sessions.Hub.EndSession(g.SessionID) // the sockets of the token before; the session goes on
	return out, nil
}

// renew puts new tokens in the place of those of a grant.
func (p *Provider) renew(ctx context.Context, q *dbsql.Queries, g dbsql.OauthGrant, used []byte) (*wire.AccessResponse, error) {
	o, err := p.Sessions.RenewForApp(ctx, q, g.SessionID)
	if err != nil {
		return nil, err
	}
	refresh, until := id.Token(), p.renewable(o.ExpiresAt)
	if err := q.UseOAuthRefreshToken(ctx, used); err != nil {
		return nil, err
	}
	if err := q.DropUsedOAuthRefreshTokens(ctx, dbsql.DropUsedOAuthRefreshTokensParams{GrantID: g.ID, Keep: mostUsed}); err != nil {
		return nil, err
	}
	if err := q.InsertOAuthRefreshToken(ctx, dbsql.InsertOAuthRefreshTokenParams{TokenHash: id.Digest(refresh), GrantID: g.ID, ExpiresAt: until}); err != nil {
		return nil, err
	}
	return p.access(o.Token, refresh, g.Audience), q.ExtendOAuthGrant(ctx, dbsql.ExtendOAuthGrantParams{ID: g.ID, ExpiresAt: until})
}
