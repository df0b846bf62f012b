package sessions

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// allowed reports whether the configuration lets somebody in by such a session.
func (b *Book) allowed(s dbsql.Session, u dbsql.User) bool {
	now := b.Config.Settings()
	is := now.Enabled
	return (is.Guests || !u.Guest) && (is.AccessTokens || u.IsBot || s.Props[byAccessToken] == "") && (now.OAuth.Enabled || !OfApp(s))
}

// EndForbidden ends the sessions that the configuration does not allow any more.
func (b *Book) EndForbidden(ctx context.Context) error {
	now := b.Config.Settings()
	is, apps := now.Enabled, now.OAuth.Enabled
	if is.Guests && is.AccessTokens && apps {
		return nil
	}
	ended, err := b.DB.DeleteForbiddenSessions(ctx, dbsql.DeleteForbiddenSessionsParams{Guests: !is.Guests, AccessTokens: !is.AccessTokens, Apps: !apps})
	b.Hub.EndSession(ended...)
	return err
}
