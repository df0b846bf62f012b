package channels

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Roster is what has to be done for a channel to have the members and admins that somebody named, in that order.
type Roster struct {
	Remove, Add, Promote, Demote []id.ID
}

// Roster compares who is in a channel with who should be. Without admins, everybody keeps the role that they have; with some, they are members too.
func (d *Directory) Roster(ctx context.Context, c dbsql.Channel, members []id.ID, admins *[]id.ID) (r Roster, err error) {
	switch {
	case c.TeamID.IsZero():
		return r, fault.New(http.StatusBadRequest, "api.channel.set_channel_members.type.app_error", "The members of a direct or group message can't be set.")
	case c.DeleteAt > 0:
		return r, fault.New(http.StatusBadRequest, "api.channel.set_channel_members.deleted.app_error", "The channel is archived.")
	}
	rows, err := d.DB.ChannelRoster(ctx, c.ID)
	if err != nil {
		return r, err
	}
	have := make(map[id.ID]bool, len(rows)) // and whether they are an admin
	for _, m := range rows {
		have[m.UserID] = m.Admin
	}
	admin := map[id.ID]bool{}
	if admins != nil {
		for _, user := range *admins {
			admin[user] = true
		}
		members = append(members, *admins...)
	}
	want := make(map[id.ID]bool, len(members))
	for _, user := range members {
		if want[user] {
			continue
		}
		want[user] = true
		is, member := have[user]
		if !member {
			r.Add = append(r.Add, user)
		}
		if admins != nil && admin[user] && !is {
			r.Promote = append(r.Promote, user)
		} else if admins != nil && !admin[user] && is {
			r.Demote = append(r.Demote, user)
		}
	}
	for _, m := range rows {
		if !want[m.UserID] {
			r.Remove = append(r.Remove, m.UserID)
		}
	}
	if c.Type != Private || len(r.Remove) < len(rows) {
		return r, nil
	}
	return r, d.anyCanBeIn(ctx, c, r.Add)
}

// anyCanBeIn fails where nobody would be left in a private channel, which nobody but an admin of the workspace could enter again.
func (d *Directory) anyCanBeIn(ctx context.Context, c dbsql.Channel, users []id.ID) error {
	members, err := d.DB.TeamMembersByIDs(ctx, dbsql.TeamMembersByIDsParams{TeamID: c.TeamID, UserIds: users})
	if err != nil {
		return err
	}
	for _, m := range members {
		u, err := d.DB.UserByID(ctx, m.UserID)
		if err != nil || u.DeleteAt == 0 {
			return err
		}
	}
	return fault.New(http.StatusBadRequest, "api.channel.set_channel_members.empty_private.app_error", "Somebody has to stay in a private channel.")
}
