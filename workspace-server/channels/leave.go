package channels

import (
	"context"
	"net/http"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type userRemoved struct {
	UserID    id.ID `json:"user_id,omitzero"`
	ChannelID id.ID `json:"channel_id,omitzero"`
	RemoverID id.ID `json:"remover_id"`
}

type teamLeft struct {
	TeamID id.ID `json:"team_id"`
	UserID id.ID `json:"user_id"`
}

// Remove ends a membership, by the member or by another. Only guests are not in every default channel; one who is in no channel of the team any
// more is not in the team either, as in the original.
func (d *Directory) Remove(ctx context.Context, c dbsql.Channel, user, by dbsql.User) error {
	if c.Name == Default && !c.TeamID.IsZero() && !user.Guest {
		return errDefault
	}
	if c.TeamID.IsZero() {
		return fault.New(http.StatusBadRequest, "api.channel.remove_channel_member.type.app_error", "Nobody can be removed from a direct or group message.")
	}
	beside, err := d.DB.GuestsBeside(ctx, user.ID) // as long as they see them
	if err != nil {
		return err
	}
	n, last, err := d.drop(ctx, c.ID, c.TeamID, user.ID, by.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound("channel_member")
	}
	if last {
		d.LeftTeam(c.TeamID, user.ID, beside)
	}
	if c.DeleteAt > 0 {
		return nil
	}
	if user.ID == by.ID {
		return d.say(ctx, c, user, posts.LeftChannel, user.Username+" left the channel.", joined{Username: user.Username})
	}
	return d.say(ctx, c, by, posts.RemovedFrom, user.Username+" was removed from the channel.", removed{user.ID, user.Username})
}

// drop ends a membership and all that hangs on it, and tells that. What is posted meanwhile waits, so that it makes nobody follow a thread who
// has left. Last says that it was a guest's last in the team, which they have left with it.
func (d *Directory) drop(ctx context.Context, channel, team, user, by id.ID) (n int64, last bool, err error) {
	apart := []id.ID{}
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockChannel(ctx, channel); err != nil {
			return err
		}
		if err := q.HoldGuestInTeam(ctx, dbsql.HoldGuestInTeamParams{TeamID: team, UserID: user}); err != nil {
			return err
		}
		if apart, err = q.GuestsApart(ctx, dbsql.GuestsApartParams{ChannelID: channel, UserID: by}); err != nil {
			return err
		}
		now := d.Now.Millis()
		if n, err = q.RemoveChannelMember(ctx, dbsql.RemoveChannelMemberParams{ChannelID: channel, UserID: user, Now: now}); err != nil || n == 0 {
			return err
		}
		ended, err := q.RemoveGuestOfNoChannel(ctx, dbsql.RemoveGuestOfNoChannelParams{TeamID: team, UserID: user, Now: now})
		last = ended > 0
		return err
	})
	if err == nil && n > 0 {
		d.left(channel, user, by, apart)
	}
	return n, last, err
}

// left tells those who stay and the one who went, who is deaf to the channel from then on. Where guests are apart from who removed them, that is
// told nobody in the channel: an event has one text, and it is of use to the one who went.
func (d *Directory) left(channel, user, by id.ID, apart []id.ID) {
	d.Hub.LeftChannel(channel, user)
	there, gone := userRemoved{UserID: user, RemoverID: by}, userRemoved{ChannelID: channel, RemoverID: by}
	if len(apart) > 0 {
		there.RemoverID = id.ID{}
	}
	if slices.Contains(apart, user) {
		gone.RemoverID = id.ID{}
	}
	d.Hub.Publish(realtime.Event{Name: realtime.UserRemoved, Data: there, To: wire.Broadcast{ChannelID: channel}})
	d.Hub.Publish(realtime.Event{Name: realtime.UserRemoved, Data: gone, To: wire.Broadcast{UserID: user}})
}

// RemoveFromTeam ends all of a user's memberships in a team's channels, without a line in each.
func (d *Directory) RemoveFromTeam(ctx context.Context, team, user, by id.ID) error {
	list, err := d.DB.ChannelIDsOfUserInTeam(ctx, dbsql.ChannelIDsOfUserInTeamParams{UserID: user, TeamID: team})
	for _, channel := range list {
		if err != nil {
			break
		}
		_, _, err = d.drop(ctx, channel, team, user, by)
	}
	return err
}

// LeftTeam tells a team, and of its guests those who saw them, that somebody has left it, who is deaf to it from then on.
func (d *Directory) LeftTeam(team, user id.ID, beside []id.ID) {
	d.Hub.LeftTeam(team, user)
	left := teamLeft{team, user}
	d.Hub.Publish(realtime.Event{Name: realtime.LeaveTeam, Data: left, Guests: beside, To: wire.Broadcast{TeamID: team, OmitUsers: map[id.ID]bool{user: true}}})
	d.Hub.Publish(realtime.Event{Name: realtime.LeaveTeam, Data: left, To: wire.Broadcast{UserID: user}})
}
