package teams

import (
	"context"
	"errors"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// arrival is a guest whom the workspace has already, in a team from now on.
type arrival struct {
	user   dbsql.User
	member dbsql.TeamMember
}

// InviteGuests mails invitations to become a guest in channels of a team, and answers as Invite does. Who is a guest already comes in at once.
func (d *Directory) InviteGuests(ctx context.Context, t dbsql.Team, by dbsql.User, in wire.GuestsInvite, allOrNone bool) ([]Refusal, error) {
	asked := wire.MemberInvite{Emails: in.Emails, ChannelIDs: in.Channels, Message: in.Message}
	if len(in.Channels) == 0 {
		return nil, fault.New(http.StatusBadRequest, "model.guest.is_valid.channels.app_error", "Guests are invited to channels: channels is a list of 1 to %d ids.", mostAddresses)
	}
	if err := d.checkInvite(ctx, t, by, asked); err != nil {
		return nil, err
	}
	var came []arrival
	answers, err := d.inviteEach(ctx, in.Emails, allOrNone, func(q *dbsql.Queries, raw string) (refused, err error) {
		address, bad := users.Address(raw)
		if bad != nil {
			return fault.New(http.StatusBadRequest, "model.guest.is_valid.email.app_error", "It is no e-mail address."), nil
		}
		u, err := q.UserByEmail(ctx, address)
		if store.Missing(err) {
			return d.invite(ctx, q, t, by, address, asked, true)
		}
		if err != nil {
			return nil, err
		}
		m, refused, err := d.arrive(ctx, q, t, u)
		if err == nil && refused == nil {
			came = append(came, arrival{u, m})
		}
		return refused, err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range came {
		_, failed := d.Welcome(ctx, Invitation{Team: t, Guest: true, channels: in.Channels, inviter: by}, a.member, a.user)
		err = errors.Join(err, failed)
	}
	return answers, err
}

// arrive makes a member of the team of somebody who has an account.
func (d *Directory) arrive(ctx context.Context, q *dbsql.Queries, t dbsql.Team, u dbsql.User) (m dbsql.TeamMember, refused, err error) {
	if !u.Guest {
		return m, fault.New(http.StatusBadRequest, "api.team.invite_guests.member.app_error", "The address is a member's, who is no guest."), nil
	}
	if refused := admissible(t, u); refused != nil {
		return m, refused, nil
	}
	m, err = q.AddTeamMember(ctx, dbsql.AddTeamMemberParams{TeamID: t.ID, UserID: u.ID, Now: d.Now.Millis()})
	return m, nil, err
}
