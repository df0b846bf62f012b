package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// seenTeam is a team as far as who asks may see it; the rule has read their access.
func seenTeam(r *Request, t dbsql.Team) *wire.Team {
	return teams.View(t, r.Team.Allow(r.User.Roles, roles.InviteUser))
}

func (a *API) createTeam(r *Request) (Response, error) {
	in, err := decode[wire.Team](r)
	if err != nil {
		return Response{}, err
	}
	t, err := a.Teams.Create(r.Context(), in, r.User)
	return created(teams.View(t, true), err)
}

// team is open to its members, and to everybody who could join it.
func (a *API) team(r *Request) (Response, error) {
	team, err := r.ID("team_id")
	if err != nil {
		return Response{}, err
	}
	if r.Team, err = a.Teams.Access(r.Context(), team, r.User.ID); err != nil {
		return Response{}, err
	}
	return a.openTeam(r, r.Team.Team)
}

func (a *API) openTeam(r *Request, t dbsql.Team) (Response, error) {
	joinable := t.AllowOpenInvite && roles.Allow(r.User.Roles, roles.ListPublicTeams)
	if !joinable && !r.Team.Allow(r.User.Roles, roles.ViewTeam) {
		return Response{}, fault.Forbidden()
	}
	return reply(seenTeam(r, t), nil)
}

func (a *API) teamByName(r *Request) (dbsql.Team, error) {
	t, err := a.DB.TeamByName(r.Context(), r.Path("team_name"))
	if store.Missing(err) {
		return t, fault.NotFound("team")
	}
	return t, err
}

func (a *API) namedTeam(r *Request) (Response, error) {
	t, err := a.teamByName(r)
	if err != nil {
		return Response{}, err
	}
	if r.Team, err = a.Teams.Access(r.Context(), t.ID, r.User.ID); err != nil {
		return Response{}, err
	}
	return a.openTeam(r, t)
}

func (a *API) teamExists(r *Request) (Response, error) {
	_, err := a.DB.TeamByName(r.Context(), r.Path("team_name"))
	if err != nil && !store.Missing(err) {
		return Response{}, err
	}
	return reply(map[string]bool{"exists": err == nil}, nil)
}

// teamByInvite tells who holds an invitation what it leads to, and no more.
func (a *API) teamByInvite(r *Request) (Response, error) {
	t, err := a.DB.TeamByInvite(r.Context(), r.Path("invite_id"))
	if store.Missing(err) {
		return Response{}, fault.NotFound("team")
	}
	return reply(map[string]any{"id": t.ID, "name": t.Name, "display_name": t.DisplayName, "description": t.Description}, err)
}

func (a *API) listTeams(r *Request) (Response, error) { return a.findTeams(r, "") }

func (a *API) searchTeams(r *Request) (Response, error) {
	in, err := decode[struct{ Term string }](r)
	if err != nil {
		return Response{}, err
	}
	return a.findTeams(r, in.Term)
}

func (a *API) findTeams(r *Request, term string) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	everything, open := roles.Allow(r.User.Roles, roles.ListPrivateTeams), roles.Allow(r.User.Roles, roles.ListPublicTeams)
	rows, err := a.DB.ListTeams(r.Context(), dbsql.ListTeamsParams{UserID: r.User.ID, Everything: everything, Open: open, Term: pattern(term), MaxRows: int32(size), Skip: int32(number * size)})
	if err != nil {
		return Response{}, err
	}
	out := make([]*wire.Team, len(rows))
	for i, t := range rows {
		out[i] = teams.View(t, r.Admin())
	}
	if !r.Flag("include_total_count") {
		return reply(out, nil)
	}
	n, err := a.DB.CountTeams(r.Context(), dbsql.CountTeamsParams{UserID: r.User.ID, Everything: everything, Open: open})
	return reply(map[string]any{"teams": out, "total_count": n}, err)
}

func (a *API) patchTeam(r *Request) (Response, error) {
	patch, err := decode[wire.TeamPatch](r)
	if err != nil {
		return Response{}, err
	}
	t, err := a.Teams.Patch(r.Context(), r.Team.Team, patch)
	return reply(seenTeam(r, t), err)
}

func (a *API) setTeamPrivacy(r *Request) (Response, error) {
	in, err := decode[struct{ Privacy string }](r)
	if err != nil {
		return Response{}, err
	}
	t, err := a.Teams.SetType(r.Context(), r.Team.Team, in.Privacy)
	return reply(seenTeam(r, t), err)
}

func (a *API) archiveTeam(r *Request) (Response, error) {
	if r.Flag("permanent") {
		return Response{}, fault.New(http.StatusNotImplemented, "api.user.delete_team.not_enabled.app_error", "Permanent deletion of teams is not enabled.")
	}
	return done(a.Teams.Archive(r.Context(), r.Team.Team.ID))
}

func (a *API) restoreTeam(r *Request) (Response, error) {
	t, err := a.Teams.Restore(r.Context(), r.Team.Team.ID)
	return reply(seenTeam(r, t), err)
}

func (a *API) newTeamInvite(r *Request) (Response, error) {
	t, err := a.Teams.NewInvite(r.Context(), r.Team.Team.ID)
	return reply(seenTeam(r, t), err)
}

func (a *API) teamStats(r *Request) (Response, error) {
	row, err := a.DB.TeamStats(r.Context(), dbsql.TeamStatsParams{TeamID: r.Team.Team.ID, SeenBy: r.restriction()})
	return reply(wire.TeamStats{TeamID: r.Team.Team.ID, TotalMemberCount: row.Total, ActiveMemberCount: row.Active}, err)
}

func (a *API) teamsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.TeamsOfUser(r.Context(), user)
	return reply(ownTeams(r, rows), err)
}

// ownTeams are teams as their members see them, who may invite but for guests.
func ownTeams(r *Request, rows []dbsql.Team) []*wire.Team {
	out := make([]*wire.Team, len(rows))
	for i, t := range rows {
		out[i] = teams.View(t, !r.User.Guest)
	}
	return out
}

func (a *API) teamMembershipsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.TeamMembershipsOfUser(r.Context(), user)
	return reply(memberViews(rows), err)
}

func (a *API) teamUnreads(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	skip, err := r.QueryID("exclude_team")
	if err != nil {
		return Response{}, err
	}
	all, err := a.Teams.Unreads(r.Context(), user, id.ID{})
	if err == nil && r.Flag("include_collapsed_threads") {
		err = a.Teams.AddThreads(r.Context(), user, all)
	}
	out := make([]wire.TeamUnread, 0, len(all))
	for _, u := range all {
		if skip.IsZero() || u.TeamID != skip {
			out = append(out, u)
		}
	}
	return reply(out, err)
}

func (a *API) teamUnread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	all, err := a.Teams.Unreads(r.Context(), user, r.Team.Team.ID)
	if err != nil || len(all) == 0 {
		return reply(wire.TeamUnread{TeamID: r.Team.Team.ID}, err)
	}
	return reply(all[0], nil)
}

func (a *API) readTeam(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	list, err := a.DB.ChannelIDsOfUserInTeam(r.Context(), dbsql.ChannelIDsOfUserInTeamParams{UserID: user, TeamID: r.Team.Team.ID})
	if err != nil {
		return Response{}, err
	}
	return a.readChannels(r, user, list...)
}
