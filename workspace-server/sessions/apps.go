package sessions

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// byApp is the prop of a session that says which app has its token.
const byApp = "oauth_app_id"

// OfApp reports whether somebody let an app open a session in their name.
func OfApp(s dbsql.Session) bool { return s.Props[byApp] != "" }

// OfProgram reports whether a session is an app's, or an access token's.
func OfProgram(s dbsql.Session) bool { return OfApp(s) || s.Props[byAccessToken] != "" }

// OpenForApp starts a session that an app has of a user, in the caller's transaction. The props are those by which clients show whose it is.
func (b *Book) OpenForApp(ctx context.Context, q *dbsql.Queries, user, app id.ID, name string) (Opened, error) {
	now := b.Now.Millis()
	o := Opened{ID: id.New(), UserID: user, Token: id.Token(), CSRF: id.Token(), ExpiresAt: now + b.Length().Milliseconds()}
	err := q.InsertSession(ctx, dbsql.InsertSessionParams{ID: o.ID, TokenHash: id.Digest(o.Token), UserID: user, Now: now, ExpiresAt: o.ExpiresAt, Csrf: o.CSRF,
		Props: wire.StringMap{byApp: app.String(), "platform": name, "os": "OAuth2", "browser": "OAuth2"}})
	return o, err
}

// RenewForApp gives such a session another token and its full length, in the caller's transaction. Once that is committed, the caller ends
// the sockets of the token before.
func (b *Book) RenewForApp(ctx context.Context, q *dbsql.Queries, session id.ID) (Opened, error) {
	now := b.Now.Millis()
	o := Opened{ID: session, Token: id.Token(), ExpiresAt: now + b.Length().Milliseconds()}
	return o, q.RenewSession(ctx, dbsql.RenewSessionParams{ID: session, TokenHash: id.Digest(o.Token), ExpiresAt: o.ExpiresAt, Now: now})
}
