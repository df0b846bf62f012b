package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func memberViews(rows []dbsql.TeamMember) []*wire.TeamMember {
	out := make([]*wire.TeamMember, len(rows))
	for i, m := range rows {
		out[i] = teams.MemberView(m)
	}
	return out
}

func (a *API) teamMembers(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.TeamMembers(r.Context(), dbsql.TeamMembersParams{TeamID: r.Team.Team.ID, ExcludeDeleted: r.Flag("exclude_deleted_users"), SeenBy: r.restriction(),
		MaxRows: int32(size), Skip: int32(number * size)})
	return reply(memberViews(rows), err)
}

func (a *API) teamMembersByIDs(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err != nil {
		return Response{}, err
	}
	if ids, err = a.Users.Seen(r.Context(), r.User, ids...); err != nil {
		return Response{}, err
	}
	rows, err := a.DB.TeamMembersByIDs(r.Context(), dbsql.TeamMembersByIDsParams{TeamID: r.Team.Team.ID, UserIds: ids})
	return reply(memberViews(rows), err)
}

func (a *API) teamMember(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if _, err := a.other(r, user); err != nil {
		return Response{}, err
	}
	return reply(a.Teams.Member(r.Context(), r.Team.Team.ID, user))
}

type newMember struct {
	TeamID id.ID `json:"team_id"`
	UserID id.ID `json:"user_id"`
}

// addTeamMember lets people into open teams by themselves; others are brought by who may.
func (a *API) addTeamMember(r *Request) (Response, error) {
	team, err := r.ID("team_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[newMember](r)
	if err != nil {
		return Response{}, err
	}
	if in.TeamID != team || in.UserID.IsZero() {
		return Response{}, fault.BadBody("team_id and user_id", "the team of the address and a user's id")
	}
	if r.Team, err = a.Teams.Access(r.Context(), team, r.User.ID); err != nil {
		return Response{}, err
	}
	joins := in.UserID == r.User.ID && r.Team.Team.AllowOpenInvite && roles.Allow(r.User.Roles, roles.JoinPublicTeams)
	if !joins && !r.Team.Allow(r.User.Roles, roles.AddUserToTeam) {
		return Response{}, fault.Forbidden()
	}
	return created(a.bring(r, in.UserID))
}

func (a *API) bring(r *Request, user id.ID) (*wire.TeamMember, error) {
	u, err := a.Users.Get(r.Context(), user)
	if err != nil {
		return nil, err
	}
	return a.Teams.Add(r.Context(), r.Team.Team, u, r.User, false)
}

func (a *API) addTeamMembers(r *Request) (Response, error) {
	list, err := decode[[]newMember](r)
	if err != nil {
		return Response{}, err
	}
	if len(list) == 0 || len(list) > 100 {
		return Response{}, fault.BadBody("members", "a list of 1 to 100 members")
	}
	graceful := r.Flag("graceful")
	members, rows := make([]*wire.TeamMember, 0, len(list)), make([]wire.TeamMemberWithError, 0, len(list))
	for _, in := range list {
		m, err := a.bring(r, in.UserID)
		if err != nil && !graceful {
			return Response{}, err
		}
		row := wire.TeamMemberWithError{UserID: in.UserID, Member: m}
		if err != nil {
			row.Error = a.explain(r, err)
		}
		members, rows = append(members, m), append(rows, row)
	}
	if graceful {
		return created(rows, nil)
	}
	return created(members, nil)
}

func (a *API) joinByInvite(r *Request) (Response, error) {
	by, invited, err := a.invitation(r, "invite_id", "token")
	if err == nil && !invited {
		err = fault.New(http.StatusBadRequest, "api.team.add_user_to_team.missing_parameter.app_error", "The query has a token, or the invite_id of a team.")
	}
	if err != nil {
		return Response{}, err
	}
	return created(a.Teams.Enter(r.Context(), by, r.User))
}

// removeTeamMember lets everyone leave; others are removed by who may.
func (a *API) removeTeamMember(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if user != r.User.ID && !r.Team.Allow(r.User.Roles, roles.RemoveUserFromTeam) {
		return Response{}, fault.Forbidden()
	}
	return done(a.Teams.Remove(r.Context(), r.Team.Team.ID, user, r.User.ID))
}

func (a *API) setTeamRoles(r *Request) (Response, error) {
	admin, err := adminOf(r, roles.TeamUser, roles.TeamAdmin)
	if err != nil {
		return Response{}, err
	}
	return a.setTeamAdmin(r, admin)
}

func (a *API) setTeamSchemeRoles(r *Request) (Response, error) {
	admin, err := schemeAdmin(r)
	if err != nil {
		return Response{}, err
	}
	return a.setTeamAdmin(r, admin)
}

func (a *API) setTeamAdmin(r *Request, admin bool) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Teams.SetAdmin(r.Context(), r.Team.Team.ID, user, admin))
}

// adminOf reads a list of roles that may name only the plain one and the admin's.
func adminOf(r *Request, plain, admin string) (bool, error) {
	in, err := decode[struct{ Roles string }](r)
	if err != nil {
		return false, err
	}
	switch in.Roles {
	case plain:
		return false, nil
	case plain + " " + admin, admin + " " + plain:
		return true, nil
	}
	return false, fault.BadBody("roles", plain+", or "+plain+" "+admin)
}

func schemeAdmin(r *Request) (bool, error) {
	in, err := decode[struct {
		Admin bool `json:"scheme_admin"`
		User  bool `json:"scheme_user"`
		Guest bool `json:"scheme_guest"`
	}](r)
	if err == nil && (!in.User || in.Guest) {
		err = fault.New(http.StatusBadRequest, "api.channel.update_channel_member_roles.guest_and_user.app_error", "A member is a user. Guests are made by demoting their account.")
	}
	return in.Admin, err
}
