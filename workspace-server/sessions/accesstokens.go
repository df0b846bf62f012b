package sessions

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostAccessTokens = 100 // of a user
	maxDescription   = 255 // bytes
	// The session of a token that never ends.
	never = 100 * 365 * 24 * time.Hour
	// The prop of a session that says by which token it was opened.
	byAccessToken = "user_access_token_id"
)

// NewAccessToken makes a token that programs sign in with in a user's name. Only its digest is kept: nobody sees it again.
func (b *Book) NewAccessToken(ctx context.Context, user id.ID, description string) (*wire.UserAccessToken, error) {
	if description == "" || len(description) > maxDescription {
		return nil, fault.BadBody("description", "1 to 255 bytes")
	}
	token := id.Token()
	row, err := b.DB.InsertAccessToken(ctx, dbsql.InsertAccessTokenParams{ID: id.New(), TokenHash: id.Digest(token), UserID: user, Now: b.Now.Millis(),
		Description: description, Most: mostAccessTokens})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "app.user_access_token.save.app_error", "A user who is active has at most %d access tokens; revoke one first.", mostAccessTokens)
	}
	view := AccessTokenView(row)
	view.Token = token
	return view, err
}

// AccessTokenView is a token in a list, without itself.
func AccessTokenView(t dbsql.AccessToken) *wire.UserAccessToken {
	return &wire.UserAccessToken{ID: t.ID, UserID: t.UserID, Description: t.Description, IsActive: t.Active, ExpiresAt: t.ExpiresAt}
}

// FindAccessToken describes a token.
func (b *Book) FindAccessToken(ctx context.Context, token id.ID) (dbsql.AccessToken, error) {
	t, err := b.DB.AccessTokenByID(ctx, token)
	if store.Missing(err) {
		return t, fault.NotFound("user_access_token")
	}
	return t, err
}

// SetAccessTokenActive turns a token on or off. One that is off opens nothing, and what it had opened ends.
func (b *Book) SetAccessTokenActive(ctx context.Context, t dbsql.AccessToken, active bool) error {
	return b.changeAccessToken(ctx, t, active, func(q *dbsql.Queries) error {
		return q.SetAccessTokenActive(ctx, dbsql.SetAccessTokenActiveParams{ID: t.ID, Active: active})
	})
}

// RevokeAccessToken removes a token, and ends what it had opened.
func (b *Book) RevokeAccessToken(ctx context.Context, t dbsql.AccessToken) error {
	return b.changeAccessToken(ctx, t, false, func(q *dbsql.Queries) error { return q.DeleteAccessToken(ctx, t.ID) })
}

func (b *Book) changeAccessToken(ctx context.Context, t dbsql.AccessToken, stays bool, change func(*dbsql.Queries) error) error {
	var ended []id.ID
	err := b.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = change(q); err != nil || stays {
			return err
		}
		ended, err = q.DeleteSessionOfAccessToken(ctx, t.TokenHash)
		return err
	})
	if err == nil {
		b.Hub.EndSession(ended...)
	}
	return err
}

// openByAccessToken opens the session of whoever comes with an access token.
func (b *Book) openByAccessToken(ctx context.Context, digest []byte) (dbsql.SessionByTokenRow, error) {
	t, err := b.DB.AccessTokenByHash(ctx, digest)
	if err != nil {
		return dbsql.SessionByTokenRow{}, err
	}
	now := b.Now()
	err = b.DB.OpenByAccessToken(ctx, dbsql.OpenByAccessTokenParams{ID: id.New(), TokenID: t.ID, Now: now.UnixMilli(), Never: now.Add(never).UnixMilli(), Csrf: id.Token(),
		Props: wire.StringMap{"type": "UserAccessToken", byAccessToken: t.ID.String()}})
	if err != nil {
		return dbsql.SessionByTokenRow{}, err
	}
	return b.DB.SessionByToken(ctx, digest)
}
