package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) channelMembers(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ChannelMembers(r.Context(), dbsql.ChannelMembersParams{ChannelID: r.Channel.Channel.ID, MaxRows: int32(size), Skip: int32(number * size)})
	out := make([]*wire.ChannelMember, len(rows))
	for i, m := range rows {
		out[i] = channels.MemberView(m)
	}
	return reply(out, err)
}

func (a *API) channelMembersByIDs(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ChannelMembersByIDs(r.Context(), dbsql.ChannelMembersByIDsParams{ChannelID: r.Channel.Channel.ID, UserIds: ids})
	out := make([]*wire.ChannelMember, len(rows))
	for i, m := range rows {
		out[i] = channels.MemberView(m)
	}
	return reply(out, err)
}

// channelMembershipsOfUser is of one team plus direct messages when the address names a team; else of all, in pages.
func (a *API) channelMembershipsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	p := dbsql.ChannelMembershipsOfUserParams{UserID: user, TeamID: r.Team.Team.ID, MaxRows: 10_000}
	if p.TeamID.IsZero() && r.Query().Get("page") != "-1" {
		number, size, err := r.Page()
		if err != nil {
			return Response{}, err
		}
		p.MaxRows, p.Skip = int32(size), int32(number*size)
	}
	rows, err := a.DB.ChannelMembershipsOfUser(r.Context(), p)
	out := make([]wire.ChannelMemberWithTeam, len(rows))
	for i, m := range rows {
		out[i] = wire.ChannelMemberWithTeam{ChannelMember: channels.MemberView(m.ChannelMember), TeamName: m.TeamName, TeamDisplayName: m.TeamDisplayName, TeamUpdateAt: m.TeamUpdateAt}
	}
	if p.TeamID.IsZero() {
		return reply(out, err)
	}
	alone := make([]*wire.ChannelMember, len(out)) // who asks for one team knows it
	for i, m := range out {
		alone[i] = m.ChannelMember
	}
	return reply(alone, err)
}

func (a *API) channelMember(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Channels.Member(r.Context(), r.Channel.Channel.ID, user))
}

// addChannelMembers lets people join public channels by themselves; others are brought by who may.
func (a *API) addChannelMembers(r *Request) (Response, error) {
	in, err := decode[struct {
		UserID  id.ID   `json:"user_id"`
		UserIDs []id.ID `json:"user_ids"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.UserIDs == nil && !in.UserID.IsZero() {
		in.UserIDs = []id.ID{in.UserID}
	}
	if len(in.UserIDs) == 0 || len(in.UserIDs) > 1000 {
		return Response{}, fault.BadBody("user_id", "a user's id, or 1 to 1000 of them as user_ids")
	}
	var out []*wire.ChannelMember
	for _, user := range in.UserIDs {
		m, err := a.admit(r, user)
		if err != nil {
			return Response{}, err
		}
		out = append(out, m)
	}
	if !in.UserID.IsZero() {
		return created(out[0], nil)
	}
	return created(out, nil)
}

func (a *API) admit(r *Request, user id.ID) (*wire.ChannelMember, error) {
	c := r.Channel.Channel
	if user == r.User.ID && c.Type == channels.Public {
		if !r.Channel.Allow(r.User.Roles, roles.JoinPublicChannels) {
			return nil, fault.Forbidden()
		}
		return a.Channels.Add(r.Context(), c, r.User, r.User)
	}
	if !r.Channel.Allow(r.User.Roles, channels.Managing(c)) {
		return nil, fault.Forbidden()
	}
	u, err := a.Users.Get(r.Context(), user)
	if err != nil {
		return nil, err
	}
	return a.Channels.Add(r.Context(), c, u, r.User)
}

// removeChannelMember lets everyone leave; others are removed by who may.
func (a *API) removeChannelMember(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	c := r.Channel.Channel
	if user == r.User.ID {
		return done(a.Channels.Remove(r.Context(), c, r.User, r.User))
	}
	if !r.Channel.Allow(r.User.Roles, channels.Managing(c)) {
		return Response{}, fault.Forbidden()
	}
	u, err := a.Users.Get(r.Context(), user)
	if err != nil {
		return Response{}, err
	}
	return done(a.Channels.Remove(r.Context(), c, u, r.User))
}

func (a *API) setNotifyProps(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	props, err := decode[wire.StringMap](r)
	if err != nil {
		return Response{}, err
	}
	if props == nil {
		return Response{}, fault.BadBody("notify_props", "an object of texts")
	}
	for _, addressing := range []string{"user_id", "channel_id"} {
		delete(props, addressing) // some clients repeat them in the body
	}
	return done(a.Channels.SetNotify(r.Context(), r.Channel.Channel.ID, user, props))
}

func (a *API) setChannelRoles(r *Request) (Response, error) {
	admin, err := adminOf(r, roles.ChannelUser, roles.ChannelAdmin)
	if err != nil {
		return Response{}, err
	}
	return a.setChannelAdmin(r, admin)
}

func (a *API) setChannelSchemeRoles(r *Request) (Response, error) {
	admin, err := schemeAdmin(r)
	if err != nil {
		return Response{}, err
	}
	return a.setChannelAdmin(r, admin)
}

func (a *API) setChannelAdmin(r *Request, admin bool) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Channels.SetAdmin(r.Context(), r.Channel.Channel.ID, user, admin))
}
