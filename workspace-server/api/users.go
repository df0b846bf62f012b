package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// seen is a user as far as who asks may see them.
func seen(r *Request, u dbsql.User) wire.User {
	if u.ID == r.User.ID || r.Admin() {
		return users.ForSelf(u)
	}
	return users.ForOthers(u)
}

func seenAll(r *Request, rows []dbsql.User) []wire.User {
	out := make([]wire.User, len(rows))
	for i, u := range rows {
		out[i] = seen(r, u)
	}
	return out
}

// seenOf leaves out of a list whom who asks does not see at all.
func (a *API) seenOf(r *Request, rows []dbsql.User, err error) (Response, error) {
	if err == nil {
		rows, err = a.Users.AllSeenBy(r.Context(), r.User, rows)
	}
	return reply(seenAll(r, rows), err)
}

func (a *API) oneUser(r *Request, u dbsql.User, err error) (Response, error) {
	if err != nil {
		return Response{}, err
	}
	return reply(seen(r, u), nil)
}

func (a *API) user(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if user == r.User.ID {
		return a.oneUser(r, r.User, nil)
	}
	u, err := a.other(r, user)
	return a.oneUser(r, u, err)
}

func (a *API) userByUsername(r *Request) (Response, error) {
	u, err := a.Users.ByUsername(r.Context(), r.Path("username"))
	u, err = a.Users.SeenBy(r.Context(), r.User, u, err)
	return a.oneUser(r, u, err)
}

func (a *API) userByEmail(r *Request) (Response, error) {
	u, err := a.Users.ByEmail(r.Context(), r.Path("email"))
	u, err = a.Users.SeenBy(r.Context(), r.User, u, err)
	return a.oneUser(r, u, err)
}

// createUser lets somebody in by an invitation, by an admin's hand, through an open door, or as the first.
func (a *API) createUser(r *Request) (Response, error) {
	in, err := decode[wire.User](r)
	if err != nil {
		return Response{}, err
	}
	// A workspace with a control plane has its first admin made by it, never by the first visitor.
	entry := users.Entry{Door: users.FoundersOnly, Founders: a.Config.Settings().Admin.Listen == ""}
	set := a.Config.Settings()
	entry.Anywhere = r.Admin()
	if set.OpenServer || r.Admin() {
		entry.Door = users.Invited
	}
	if !set.Enabled.UserCreation && !r.Admin() {
		return Response{}, off(http.StatusNotImplemented, "api.user.create_user.signup_email_disabled.app_error", "New accounts")
	}
	by, invited, err := a.invitation(r, "iid", "t")
	if err != nil {
		return Response{}, err
	}
	if by.Guest && !set.Enabled.Guests {
		return Response{}, errNoGuests
	}
	var m dbsql.TeamMember
	if invited {
		entry.Door, entry.Confirmed, entry.Guest = users.Invited, by.Email != "", by.Guest
		if entry.Confirmed {
			in.Email = by.Email
		}
		entry.Also = func(ctx context.Context, q *dbsql.Queries, u dbsql.User) (err error) {
			m, err = a.Teams.Admit(ctx, q, by, u)
			return err
		}
	}
	u, err := a.Users.Create(r.Context(), in, entry)
	if err == nil && invited {
		_, err = a.Teams.Welcome(r.Context(), by, m, u)
	}
	if err != nil {
		return Response{}, err
	}
	return created(users.ForSelf(u), nil)
}

// invitation is what the query says of one: the secret of a team, or before that the token of one that was mailed.
func (a *API) invitation(r *Request, secret, token string) (by teams.Invitation, invited bool, err error) {
	query := r.Query()
	if text := query.Get(token); text != "" {
		by, err = a.Teams.ByToken(r.Context(), text)
		return by, true, err
	}
	if text := query.Get(secret); text != "" {
		by, err = a.Teams.BySecret(r.Context(), text)
		return by, true, err
	}
	return by, false, nil
}

func (a *API) listUsers(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	p := dbsql.ListUsersParams{MaxRows: int32(size), Skip: int32(number * size), Active: r.Flag("active"), Inactive: r.Flag("inactive"),
		WithoutTeam: r.Flag("without_team"), Role: r.Query().Get("role"), NewestFirst: r.Query().Get("sort") == "create_at"}
	for name, to := range map[string]*id.ID{"in_team": &p.InTeam, "not_in_team": &p.NotInTeam, "in_channel": &p.InChannel, "not_in_channel": &p.NotInChannel,
		"in_group": &p.InGroup, "not_in_group": &p.NotInGroup} {
		if *to, err = r.QueryID(name); err != nil {
			return Response{}, err
		}
	}
	return a.filtered(r, p)
}

// filtered lists users by where they are. Who asks must be able to look there.
func (a *API) filtered(r *Request, p dbsql.ListUsersParams) (Response, error) {
	for _, team := range []id.ID{p.InTeam, p.NotInTeam} {
		if !team.IsZero() {
			if err := a.enterTeam(r, team, roles.ViewTeam); err != nil {
				return Response{}, err
			}
		}
	}
	for _, channel := range []id.ID{p.InChannel, p.NotInChannel} {
		if !channel.IsZero() {
			if err := a.enterChannel(r, channel, roles.ReadChannel); err != nil {
				return Response{}, err
			}
		}
	}
	p.SeenBy = r.restriction()
	rows, err := a.DB.ListUsers(r.Context(), p)
	return reply(seenAll(r, rows), err)
}

// pattern makes a search term harmless in a LIKE.
func pattern(term string) string {
	term = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(term), "@"))
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term)
}

func (a *API) searchUsers(r *Request) (Response, error) {
	in, err := decode[wire.UserSearch](r)
	if err != nil {
		return Response{}, err
	}
	if in.Limit <= 0 || in.Limit > 1000 {
		in.Limit = 100
	}
	return a.filtered(r, dbsql.ListUsersParams{Term: pattern(in.Term), InTeam: in.TeamID, NotInTeam: in.NotInTeamID, InChannel: in.InChannelID,
		NotInChannel: in.NotInChannelID, InGroup: in.InGroupID, NotInGroup: in.NotInGroupID, WithoutTeam: in.WithoutTeam, Active: !in.AllowInactive, Role: in.Role, MaxRows: int32(in.Limit)})
}

func (a *API) autocompleteUsers(r *Request) (Response, error) {
	team, err := r.QueryID("in_team")
	if err != nil {
		return Response{}, err
	}
	channel, err := r.QueryID("in_channel")
	if err != nil {
		return Response{}, err
	}
	limit, err := r.Number("limit", 100)
	if err != nil {
		return Response{}, err
	}
	p := dbsql.ListUsersParams{Term: pattern(r.Query().Get("name")), InTeam: team, InChannel: channel, Active: true, MaxRows: int32(min(max(limit, 1), 100))}
	found, err := a.filtered(r, p)
	if err != nil {
		return Response{}, err
	}
	out := map[string]any{"users": found.JSON}
	if !channel.IsZero() && !team.IsZero() {
		p.InChannel, p.NotInChannel = id.ID{}, channel
		if found, err = a.filtered(r, p); err != nil {
			return Response{}, err
		}
		out["out_of_channel"] = found.JSON
	}
	return reply(out, nil)
}

func (a *API) usersByIDs(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err != nil {
		return Response{}, err
	}
	since, err := r.Millis("since")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.UsersByIDs(r.Context(), dbsql.UsersByIDsParams{Ids: ids, Since: since})
	return a.seenOf(r, rows, err)
}

func (a *API) usersByUsernames(r *Request) (Response, error) {
	names, err := decode[[]string](r)
	if err != nil {
		return Response{}, err
	}
	if len(names) == 0 || len(names) > 1000 {
		return Response{}, fault.BadBody("usernames", "a list of 1 to 1000 names")
	}
	rows, err := a.DB.UsersByUsernames(r.Context(), names)
	return a.seenOf(r, rows, err)
}

func (a *API) knownUsers(r *Request) (Response, error) {
	return reply(a.DB.KnownUserIDs(r.Context(), r.User.ID))
}

func (a *API) userStats(r *Request) (Response, error) {
	if r.User.Guest {
		n, err := a.DB.CountUsersBeside(r.Context(), r.User.ID)
		return reply(wire.UsersStats{TotalUsersCount: n}, err)
	}
	n, err := a.DB.CountUsers(r.Context())
	return reply(wire.UsersStats{TotalUsersCount: n}, err)
}

// groupChannelUsers names who is in group messages that who asks is in.
func (a *API) groupChannelUsers(r *Request) (Response, error) {
	ids, err := idList(r, "group_channel_ids")
	if err != nil {
		return Response{}, err
	}
	out := map[id.ID][]wire.User{}
	for _, channel := range ids {
		access, err := a.Channels.Access(r.Context(), channel, r.User.ID)
		if err != nil || !access.Member || access.Channel.Type != "G" {
			continue
		}
		rows, err := a.DB.ListUsers(r.Context(), dbsql.ListUsersParams{InChannel: channel, MaxRows: 8})
		if err != nil {
			return Response{}, err
		}
		out[channel] = seenAll(r, rows)
	}
	return reply(out, nil)
}

// idList is a body that is a bare list of ids.
func idList(r *Request, name string) ([]id.ID, error) {
	ids, err := decode[[]id.ID](r)
	if err == nil && (len(ids) == 0 || len(ids) > 1000) {
		err = fault.BadBody(name, "a list of 1 to 1000 ids")
	}
	return ids, err
}

// setActive ends the sessions of whom it deactivates.
func (a *API) setActive(ctx context.Context, user id.ID, active bool) error {
	gone, err := a.Users.SetActive(ctx, user, active)
	for _, user := range gone {
		err = errors.Join(err, a.Sessions.CloseAll(ctx, user, id.ID{}))
	}
	return err
}
