package channels

import (
	"context"
	"maps"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type userAdded struct {
	UserID id.ID `json:"user_id"`
	TeamID id.ID `json:"team_id"`
}

var errNotInTeam = fault.New(http.StatusForbidden, "api.channel.add_user.to.channel.failed.deleted.app_error", "Only members of the team can be in its channels.")

// Add makes someone a member, by themselves or by another, and says so in the channel. Once more changes nothing.
func (d *Directory) Add(ctx context.Context, c dbsql.Channel, user, by dbsql.User) (*wire.ChannelMember, error) {
	switch {
	case c.TeamID.IsZero():
		return nil, fault.New(http.StatusBadRequest, "api.channel.add_user_to_channel.type.app_error", "Nobody can be added to a direct or group message.")
	case c.DeleteAt > 0:
		return nil, fault.New(http.StatusBadRequest, "api.channel.add_user_to_channel.deleted.app_error", "The channel is archived.")
	case user.DeleteAt > 0:
		return nil, fault.New(http.StatusBadRequest, "app.channel.add_member.deleted_user.app_error", "That account is deactivated.")
	}
	tm, err := d.DB.TeamMember(ctx, dbsql.TeamMemberParams{TeamID: c.TeamID, UserID: user.ID})
	if store.Missing(err) || (err == nil && tm.DeleteAt > 0) {
		return nil, errNotInTeam
	}
	if err != nil {
		return nil, err
	}
	if err := d.admit(ctx, c, user, by); err != nil {
		return nil, err
	}
	return d.Member(ctx, c.ID, user.ID)
}

// admit adds the row, while the newcomer stays in the team: a guest who leaves their last channel at that time would be in this one, and out of the
// team. It tells those in the channel and the newcomer, and leaves a line in the channel.
func (d *Directory) admit(ctx context.Context, c dbsql.Channel, user, by dbsql.User) error {
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, user.ID); err != nil { // first, as who makes a guest of them does
			return err
		}
		if _, err := q.HoldInTeam(ctx, dbsql.HoldInTeamParams{TeamID: c.TeamID, UserID: user.ID}); err != nil {
			if store.Missing(err) {
				err = errNotInTeam
			}
			return err
		}
		_, err := q.AddChannelMember(ctx, member(c.ID, user.ID, false, d.Now.Millis()))
		return err
	})
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	d.Hub.JoinedChannel(c.ID, user.ID)
	d.Hub.Publish(realtime.Event{Name: realtime.UserAdded, Data: userAdded{user.ID, c.TeamID},
		To: wire.Broadcast{ChannelID: c.ID, OmitUsers: map[id.ID]bool{user.ID: true}}})
	d.Hub.Publish(realtime.Event{Name: realtime.UserAdded, Data: userAdded{user.ID, c.TeamID}, To: wire.Broadcast{UserID: user.ID, ChannelID: c.ID}})
	if user.ID == by.ID {
		return d.say(ctx, c, user, posts.JoinedChannel, user.Username+" joined the channel.", joined{Username: user.Username})
	}
	return d.say(ctx, c, by, posts.AddedTo, user.Username+" added to the channel by "+by.Username+".",
		added{UserID: by.ID, Username: by.Username, AddedUserID: user.ID, AddedUsername: user.Username})
}

type joined struct {
	Username string `json:"username"`
}

type added struct {
	UserID        id.ID  `json:"userId"`
	Username      string `json:"username"`
	AddedUserID   id.ID  `json:"addedUserId"`
	AddedUsername string `json:"addedUsername"`
}

type removed struct {
	UserID   id.ID  `json:"removedUserId"`
	Username string `json:"removedUsername"`
}

// say leaves a line in the channel in somebody's name.
func (d *Directory) say(ctx context.Context, c dbsql.Channel, author dbsql.User, kind, message string, props any) error {
	_, err := d.Posts.Create(ctx, posts.Draft{Author: author, Channel: c, Type: kind, Message: message, Props: []byte(realtime.Text(props))})
	return err
}

// AddToDefaults admits a new member of a team to the channels that everyone is in.
func (d *Directory) AddToDefaults(ctx context.Context, team id.ID, user, by dbsql.User) error {
	rows, err := d.DB.ChannelsByNames(ctx, dbsql.ChannelsByNamesParams{TeamID: team, Names: []string{Default, "off-topic"}})
	if err != nil {
		return err
	}
	for _, c := range rows {
		if err := d.admit(ctx, c, user, by); err != nil {
			return err
		}
	}
	return nil
}

// Member reads one membership.
func (d *Directory) Member(ctx context.Context, channel, user id.ID) (*wire.ChannelMember, error) {
	row, err := d.DB.ChannelMember(ctx, dbsql.ChannelMemberParams{ChannelID: channel, UserID: user})
	if store.Missing(err) {
		return nil, fault.New(http.StatusNotFound, "app.channel.get_member.missing.app_error", "There is no such member of the channel.")
	}
	return MemberView(row.ChannelMember), err
}

// SetAdmin makes a member an admin of the channel, or a plain member.
func (d *Directory) SetAdmin(ctx context.Context, channel, user id.ID, admin bool) error {
	m, err := d.DB.SetChannelAdmin(ctx, dbsql.SetChannelAdminParams{ChannelID: channel, UserID: user, Admin: admin, Now: d.Now.Millis()})
	if err == nil && admin && m.Guest {
		return fault.New(http.StatusBadRequest, "api.channel.update_channel_member_roles.guest.app_error", "A guest can't be an admin of a channel.")
	}
	return d.memberMoved(ctx, channel, user, err)
}

// mostNotifyProps is how many bytes a member's notify props have together, names and values. Whoever lists the members gets them.
const mostNotifyProps = 4000

// SetNotify changes how a member hears of the channel. What is not named stays.
func (d *Directory) SetNotify(ctx context.Context, channel, user id.ID, props wire.StringMap) error {
	is, err := d.Member(ctx, channel, user)
	if err != nil {
		return err
	}
	maps.Copy(is.NotifyProps, props)
	size := 0
	for name, value := range is.NotifyProps {
		size += len(name) + len(value)
	}
	if size > mostNotifyProps {
		return fault.BadBody("notify_props", "at most 4000 bytes in all, with those that are there already")
	}
	_, err = d.DB.SetMemberNotifyProps(ctx, dbsql.SetMemberNotifyPropsParams{ChannelID: channel, UserID: user, NotifyProps: props, Now: d.Now.Millis()})
	return d.memberMoved(ctx, channel, user, err)
}

type memberText struct {
	ChannelMember string `json:"channelMember"`
}

func (d *Directory) memberMoved(ctx context.Context, channel, user id.ID, err error) error {
	if store.Missing(err) {
		return fault.NotFound("channel_member")
	}
	if err != nil {
		return err
	}
	row, err := d.DB.ChannelMember(ctx, dbsql.ChannelMemberParams{ChannelID: channel, UserID: user})
	if err == nil {
		d.TellMember(row.ChannelMember)
	}
	return err
}

// TellMember tells a member what they are in a channel.
func (d *Directory) TellMember(m dbsql.ChannelMember) {
	d.Hub.Publish(realtime.Event{Name: realtime.ChannelMemberMoved, Data: memberText{realtime.Text(MemberView(m))}, To: wire.Broadcast{UserID: m.UserID}})
}
