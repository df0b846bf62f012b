package teams

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Invitation is a way into a team that somebody was given.
type Invitation struct {
	Team  dbsql.Team
	Email string // of whom it was mailed to; empty: it is the team's secret, which is passed on
	Guest bool   // whoever comes by it is one

	hash     []byte
	channels []id.ID
	inviter  dbsql.User
}

var errInvitation = fault.New(http.StatusBadRequest, "api.user.create_user.signup_link_invalid.app_error", "The invitation is not valid any more.")

// BySecret finds the team whose secret that is.
func (d *Directory) BySecret(ctx context.Context, secret string) (Invitation, error) {
	t, err := d.DB.TeamByInvite(ctx, secret)
	if store.Missing(err) {
		err = errInvitation
	}
	return Invitation{Team: t}, err
}

// ByToken finds the invitation that was mailed with the token.
func (d *Directory) ByToken(ctx context.Context, token string) (Invitation, error) {
	row, err := d.DB.InvitationByToken(ctx, dbsql.InvitationByTokenParams{TokenHash: id.Digest(token), GuestHash: guestDigest(token), Now: d.Now.Millis()})
	if store.Missing(err) {
		err = errInvitation
	}
	return Invitation{Team: row.Team, Email: row.Invitation.Email, Guest: row.ForGuest, hash: row.Invitation.TokenHash, channels: row.Invitation.ChannelIds, inviter: row.User}, err
}

// guestDigest is what is kept of the token of a guest's invitation. It is another one than a member's, so that nothing takes the one for the other,
// the previous release neither, which knows no guests.
func guestDigest(token string) []byte { return id.Digest("guest " + token) }

// fits refuses guests what is for members, and members what is for guests.
func (by Invitation) fits(user dbsql.User) error {
	switch {
	case user.Guest && by.Email == "":
		return fault.New(http.StatusForbidden, "api.team.add_user_to_team_from_invite.guest.app_error", "Guests join no team by its link; ask for an invitation by mail.")
	case user.Guest != by.Guest:
		return fault.New(http.StatusBadRequest, "api.user.create_user.invalid_invitation_type.app_error", "The invitation is for guests and you are none, or the other way round.")
	}
	return nil
}

// Admit makes a member of whoever has an invitation, in the caller's transaction. One that was mailed is used up by that. Once that is
// committed, Welcome does the rest.
func (d *Directory) Admit(ctx context.Context, q *dbsql.Queries, by Invitation, user dbsql.User) (m dbsql.TeamMember, err error) {
	if err := by.fits(user); err != nil {
		return m, err
	}
	if err := admissible(by.Team, user); err != nil {
		return m, err
	}
	if by.Email != "" {
		n, err := q.UseInvitation(ctx, by.hash)
		if err != nil {
			return m, err
		}
		if n == 0 {
			return m, errInvitation
		}
	}
	return q.AddTeamMember(ctx, dbsql.AddTeamMemberParams{TeamID: by.Team.ID, UserID: user.ID, Now: d.Now.Millis()})
}

// Enter admits and welcomes.
func (d *Directory) Enter(ctx context.Context, by Invitation, user dbsql.User) (*wire.TeamMember, error) {
	var m dbsql.TeamMember
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		m, err = d.Admit(ctx, q, by, user)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d.Welcome(ctx, by, m, user)
}

// Welcome tells of a new member, and brings them into the channels that everybody but guests is in and that they were invited to. Channels that are
// gone, and those into which the inviter may bring nobody any more, are left out.
func (d *Directory) Welcome(ctx context.Context, by Invitation, m dbsql.TeamMember, user dbsql.User) (*wire.TeamMember, error) {
	ctx, done := certain(ctx)
	defer done()
	out, err := d.joined(ctx, m, user, user)
	if err != nil {
		return nil, err
	}
	for _, channel := range by.channels {
		c, ok, err := d.brings(ctx, by.inviter, by.Team.ID, channel)
		if err == nil && ok {
			_, err = d.Channels.Add(ctx, c, user, by.inviter)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DropInvitations makes all that were mailed worthless.
func (d *Directory) DropInvitations(ctx context.Context) error { return d.DB.DeleteInvitations(ctx) }
