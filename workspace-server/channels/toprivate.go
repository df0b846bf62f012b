package channels

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var errNoGroup = fault.New(http.StatusBadRequest, "api.channel.group_message_converting.not_group_message.app_error", "Only a group message can become a private channel.")

// CommonTeams are the teams that everybody in a direct or group message is in.
func (d *Directory) CommonTeams(ctx context.Context, c dbsql.Channel) ([]dbsql.Team, error) {
	if !c.TeamID.IsZero() {
		return nil, fault.New(http.StatusBadRequest, "app.channel.get_common_teams.incorrect_channel_type", "Only direct and group messages are of several teams.")
	}
	return d.DB.CommonTeams(ctx, c.ID)
}

// converted is what clients tell of it.
type converted struct {
	By      id.ID   `json:"convertedByUserId"`
	Members []id.ID `json:"gmMembersDuringConversionIDs"`
}

// ToPrivate makes of a group message a private channel of a team that all its members are in, with all that was said and who does it as its admin.
func (d *Directory) ToPrivate(ctx context.Context, c dbsql.Channel, to wire.GroupMessageConversion, by dbsql.User) (*wire.Channel, error) {
	if c.Type != Group {
		return nil, errNoGroup
	}
	if err := check(to.Name, to.DisplayName, "", ""); err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(strings.Split(c.DisplayName, ", "), func(name string) bool { return name == by.Username })
	c, people, err := d.toPrivate(ctx, c.ID, to, by.ID)
	if store.Missing(err) { // somebody was faster, or who does it is no member
		return nil, errNoGroup
	}
	if store.Violates(err, "channels_name_unique") {
		return nil, errNameTaken
	}
	view, err := d.updated(c, err)
	if err != nil {
		return nil, err
	}
	if err := d.memberMoved(ctx, c.ID, by.ID, nil); err != nil {
		return nil, err
	}
	said := converted{By: by.ID, Members: make([]id.ID, len(people))}
	for i, p := range people {
		said.Members[i] = p.UserID
	}
	return view, d.say(ctx, c, by, posts.MadeChannel, by.Username+" created this channel from a group message with "+strings.Join(others, ", ")+".", said)
}

func (d *Directory) toPrivate(ctx context.Context, channel id.ID, to wire.GroupMessageConversion, by id.ID) (c dbsql.Channel, people []dbsql.ChannelRosterRow, err error) {
	now := d.Now.Millis()
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockChannel(ctx, channel); err != nil {
			return err
		}
		if err := q.KeepInTeam(ctx, dbsql.KeepInTeamParams{TeamID: to.TeamID, ChannelID: channel}); err != nil {
			return err
		}
		common, err := q.CommonTeams(ctx, channel)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(common, func(t dbsql.Team) bool { return t.ID == to.TeamID }) {
			return fault.New(http.StatusBadRequest, "app.channel.group_message_conversion.channel_member_missing", "Not everybody in the group message is a member of that team.")
		}
		if people, err = q.ChannelRoster(ctx, channel); err != nil {
			return err
		}
		if c, err = q.GroupToPrivate(ctx, dbsql.GroupToPrivateParams{ID: channel, TeamID: to.TeamID, Name: to.Name, DisplayName: to.DisplayName, Now: now}); err != nil {
			return err
		}
		_, err = q.SetChannelAdmin(ctx, dbsql.SetChannelAdminParams{ChannelID: channel, UserID: by, Admin: true, Now: now})
		return err
	})
	return c, people, err
}
