package teams

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Turned are the memberships of somebody who became a guest, or a member.
type Turned struct {
	teams    []dbsql.TeamMember
	channels []dbsql.ChannelMember
}

// Turn makes all memberships of a user those of a guest, or of a member, in the caller's transaction. Once that is committed, TellTurned does the rest.
func (d *Directory) Turn(ctx context.Context, q *dbsql.Queries, user id.ID, guest bool) (t Turned, err error) {
	if t.teams, err = q.TurnTeamMembers(ctx, dbsql.TurnTeamMembersParams{UserID: user, Guest: guest}); err != nil {
		return t, err
	}
	t.channels, err = q.TurnChannelMembers(ctx, dbsql.TurnChannelMembersParams{UserID: user, Guest: guest, Now: d.Now.Millis()})
	return t, err
}

// TellTurned tells a user of their memberships, and brings who is no guest any more into the channels that every member of their teams is in.
func (d *Directory) TellTurned(ctx context.Context, t Turned, user, by dbsql.User) error {
	for _, m := range t.channels {
		d.Channels.TellMember(m)
	}
	for _, m := range t.teams {
		if m.DeleteAt > 0 {
			continue
		}
		d.Hub.Publish(realtime.Event{Name: realtime.MemberRoleUpdated, Data: memberText{realtime.Text(MemberView(m))}, To: wire.Broadcast{UserID: user.ID}})
		if user.Guest {
			continue
		}
		if err := d.Channels.AddToDefaults(ctx, m.TeamID, user, by); err != nil {
			return err
		}
	}
	return nil
}
