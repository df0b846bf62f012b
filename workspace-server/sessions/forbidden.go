package sessions

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// allowed reports whether the configuration lets somebody in by such a session.
func (b *Book) allowed(s dbsql.Session, u dbsql.User) bool {
	is := b.Config.Settings().Enabled
	return (is.Guests || !u.Guest) && (is.AccessTokens || u.IsBot || s.Props[byAccessToken] == "")
}

// EndForbidden ends the sessions that the configuration does not allow any more.
func (b *Book) EndForbidden(ctx context.Context) error {
	is := b.Config.Settings().Enabled
	if is.Guests && is.AccessTokens {
		return nil
	}
	ended, err := b.DB.DeleteForbiddenSessions(ctx, dbsql.DeleteForbiddenSessionsParams{Guests: !is.Guests, AccessTokens: !is.AccessTokens})
	b.Hub.EndSession(ended...)
	return err
}
