package sessions

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Owes reports whether somebody has to set up a second factor before their session is good for anything else. As in the original an access
// token is as good as its user, and apps and bots need none.
func (b *Book) Owes(s dbsql.Session, u dbsql.User) bool {
	if u.SecondFactor || u.IsBot || OfApp(s) {
		return false
	}
	people, guests := b.Config.Settings().OwedBy()
	return people && (guests || !u.Guest)
}

// CutOwing cuts the sockets of who owes a second factor: of one user, or of everybody. Their sessions stay, to set one up by.
func (b *Book) CutOwing(ctx context.Context, user id.ID) error {
	people, guests := b.Config.Settings().OwedBy()
	if !people {
		return nil
	}
	owing, err := b.DB.OwingSessions(ctx, dbsql.OwingSessionsParams{UserID: user, PeopleOwe: people, GuestsOwe: guests})
	b.Hub.EndSession(owing...)
	return err
}
