// Package channels owns the rooms for posts: who is in them, what they are called, and how far each member has read.
// It never reads posts.
package channels

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/preferences"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The types of channels.
const (
	Public  = "O"
	Private = "P"
	Direct  = "D"
	Group   = "G"
)

// Default is the channel that every member of a team is in.
const Default = "town-square"

// Directory is where channels are found and changed.
type Directory struct {
	DB          *store.DB
	Hub         *realtime.Hub
	Now         clock.Clock
	Posts       *posts.Log
	Preferences *preferences.Book
}

// Access is a channel and what decides what a user may do in it.
type Access struct {
	Channel            dbsql.Channel
	Member, Admin      bool
	TeamMember, TeamOp bool
	Called             bool // somebody in the workspace is mentioned by words of their own
}

// Access reads a channel as a user meets it.
func (d *Directory) Access(ctx context.Context, channel, user id.ID) (Access, error) {
	row, err := d.DB.ChannelAccess(ctx, dbsql.ChannelAccessParams{ChannelID: channel, UserID: user})
	if store.Missing(err) {
		return Access{}, fault.NotFound("channel")
	}
	return Access{Channel: row.Channel, Member: row.Member, Admin: row.Admin, TeamMember: row.TeamMember, TeamOp: row.TeamAdmin, Called: row.Called}, err
}

// AccessBy is Access for who came with a session, out of what was read with that.
func AccessBy(row dbsql.SessionInChannelRow) Access {
	return Access{Channel: row.Channel, Member: row.Member, Admin: row.Admin, TeamMember: row.TeamMember, TeamOp: row.TeamAdmin, Called: row.Called}
}

// Allow reports whether someone with these system roles may do that in the channel. A public channel can be read by
// everyone in its team who is no guest.
func (a Access) Allow(system string, want roles.Permission) bool {
	guest := roles.Guest(system)
	if roles.Allow(system, want) || (a.Member && roles.Allow(roles.InChannel(a.Admin, guest), want)) {
		return true
	}
	if !a.TeamMember {
		return false
	}
	team := roles.InTeam(a.TeamOp, guest)
	if a.Channel.Type == Public && (want == roles.ReadChannel || want == roles.ReadChannelContent) {
		want = roles.ReadPublicChannel
	}
	return roles.Allow(team, want)
}

// View is a channel as the wire has it.
func View(c dbsql.Channel) *wire.Channel {
	return &wire.Channel{ID: c.ID, CreateAt: c.CreateAt, UpdateAt: c.UpdateAt, DeleteAt: c.DeleteAt, TeamID: c.TeamID, Type: c.Type,
		DisplayName: c.DisplayName, Name: c.Name, Header: c.Header, Purpose: c.Purpose, LastPostAt: c.LastPostAt, LastRootPostAt: c.LastRootPostAt,
		TotalMsgCount: c.Seq, TotalMsgCountRoot: c.RootSeq, CreatorID: c.CreatorID}
}

// Views is a list of channels as the wire has it.
func Views(rows []dbsql.Channel) []*wire.Channel {
	out := make([]*wire.Channel, len(rows))
	for i, c := range rows {
		out[i] = View(c)
	}
	return out
}

// MemberView is a member as the wire has it.
func MemberView(m dbsql.ChannelMember) *wire.ChannelMember {
	return &wire.ChannelMember{ChannelID: m.ChannelID, UserID: m.UserID, Roles: roles.InChannel(m.Admin, m.Guest), LastViewedAt: m.LastViewedAt,
		MsgCount: m.ReadSeq, MsgCountRoot: m.ReadRootSeq, MentionCount: m.MentionCount, MentionCountRoot: m.MentionCountRoot,
		UrgentMentionCount: m.UrgentMentionCount, NotifyProps: m.NotifyProps, LastUpdateAt: m.LastUpdateAt,
		SchemeGuest: m.Guest, SchemeUser: !m.Guest, SchemeAdmin: m.Admin && !m.Guest}
}

// ByName finds a channel of a team.
func (d *Directory) ByName(ctx context.Context, team id.ID, name string, deleted bool) (dbsql.Channel, error) {
	c, err := d.DB.ChannelByName(ctx, dbsql.ChannelByNameParams{TeamID: team, Name: name, IncludeDeleted: deleted})
	if store.Missing(err) {
		return c, fault.New(http.StatusNotFound, "app.channel.get_by_name.missing.app_error", "There is no such channel in that team.")
	}
	return c, err
}

type channelText struct {
	Channel string `json:"channel"`
}

type channelRef struct {
	ChannelID id.ID `json:"channel_id"`
	TeamID    id.ID `json:"team_id,omitzero"`
	DeleteAt  int64 `json:"delete_at,omitempty"`
}

// audience is a public channel's team, else the channel's members.
func audience(c dbsql.Channel) wire.Broadcast {
	if c.Type == Public {
		return wire.Broadcast{TeamID: c.TeamID}
	}
	return wire.Broadcast{ChannelID: c.ID}
}

// guestsIn are the guests who hear of a channel of which its whole team does. None do where they can't be told apart.
func (d *Directory) guestsIn(ctx context.Context, channel id.ID) []id.ID {
	guests, err := d.DB.GuestsOfChannel(ctx, channel)
	if err != nil {
		return []id.ID{}
	}
	return guests
}

// Managing is what it takes to add and remove others in a channel.
func Managing(c dbsql.Channel) roles.Permission {
	if c.Type == Public {
		return roles.ManagePublicChannelMembers
	}
	return roles.ManagePrivateChannelMembers
}
