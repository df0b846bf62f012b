package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostFound is how many channels a search answers that asks for no page.
const mostFound = 50

// inConsole says that all channels are looked for, and not those that who asks may open, unless the query says that it is not so.
func (r *Request) inConsole() bool {
	console, err := strconv.ParseBool(r.Query().Get("system_console"))
	return console || err != nil
}

// searchesChannels lets admins search all, and everybody what they may open.
func searchesChannels(a *API, r *Request) error {
	if r.inConsole() {
		return system(roles.ManageSystem)(a, r)
	}
	return signedIn(a, r)
}

// findChannels searches the channels of all teams. What has to do with groups and policies finds nothing, as there are none.
func (a *API) findChannels(r *Request) (Response, error) {
	in, err := decode[wire.ChannelSearch](r)
	if err != nil {
		return Response{}, err
	}
	p := dbsql.FindChannelsParams{Types: searchedTypes(in), TeamIds: in.TeamIDs, Term: pattern(in.Term), Deleted: in.Deleted, IncludeDeleted: in.IncludeDeleted || r.Flag("include_deleted"),
		NoDefaults: in.ExcludeDefaultChannels, Everything: r.inConsole(), UserID: r.User.ID, MaxRows: mostFound}
	if p.TeamIds == nil {
		p.TeamIds = []id.ID{}
	}
	if in.IncludeSearchByID {
		p.ID, _ = id.Parse(strings.TrimSpace(in.Term)) // most terms are none
	}
	paged := in.Page != nil && in.PerPage != nil
	if paged {
		if *in.Page < 0 || *in.PerPage < 1 || *in.Page > (1<<31-1)/largestPage-1 {
			return Response{}, fault.BadBody("page", "one that a list can have, at least 0, and a per_page of at least 1")
		}
		size := min(*in.PerPage, largestPage)
		p.MaxRows, p.Skip = int32(size), int32(*in.Page*size)
	}
	found, err := a.DB.FindChannels(r.Context(), p)
	if err != nil {
		return Response{}, err
	}
	list := make([]*wire.ChannelWithTeam, len(found))
	for i, f := range found {
		list[i] = &wire.ChannelWithTeam{Channel: *channels.View(f.Channel), TeamName: f.TeamName, TeamDisplayName: f.TeamDisplayName, TeamUpdateAt: f.TeamUpdateAt}
	}
	if !paged {
		return reply(list, nil)
	}
	total, err := a.DB.CountFoundChannels(r.Context(), dbsql.CountFoundChannelsParams{Types: p.Types, TeamIds: p.TeamIds, ID: p.ID, Term: p.Term, Deleted: p.Deleted,
		IncludeDeleted: p.IncludeDeleted, NoDefaults: p.NoDefaults, Everything: p.Everything, UserID: p.UserID})
	return reply(wire.ChannelsWithCount{Channels: list, TotalCount: total}, err)
}

func searchedTypes(in wire.ChannelSearch) []string {
	switch {
	case in.GroupConstrained || in.AccessControlPolicyEnforced || in.ParentAccessControlPolicyID != "":
		return []string{}
	case in.Public && !in.Private:
		return []string{channels.Public}
	case in.Private && !in.Public:
		return []string{channels.Private}
	}
	return []string{channels.Public, channels.Private}
}

// searchGroups finds the group messages of who asks, by the beginnings of the names of who is in them.
func (a *API) searchGroups(r *Request) (Response, error) {
	in, err := decode[struct{ Term string }](r)
	if err != nil {
		return Response{}, err
	}
	words := strings.FieldsFunc(in.Term, func(c rune) bool { return c == ' ' || c == ',' })
	for i, w := range words {
		words[i] = pattern(w)
	}
	rows, err := a.DB.SearchGroupChannels(r.Context(), dbsql.SearchGroupChannelsParams{UserID: r.User.ID, Words: words, MaxRows: mostFound})
	return reply(channels.Views(rows), err)
}

func (a *API) searchArchived(r *Request) (Response, error) {
	in, err := decode[struct{ Term string }](r)
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.SearchArchivedChannels(r.Context(), dbsql.SearchArchivedChannelsParams{TeamID: r.Team.Team.ID, UserID: r.User.ID, Term: pattern(in.Term), MaxRows: mostFound})
	return reply(channels.Views(rows), err)
}

// noCategories: nobody manages them here, and so no channel is in one.
func noCategories(*Request) (Response, error) { return reply(map[id.ID]string{}, nil) }

func (a *API) commonTeams(r *Request) (Response, error) {
	rows, err := a.Channels.CommonTeams(r.Context(), r.Channel.Channel)
	return reply(ownTeams(r, rows), err)
}

// convertGroup makes a private channel of a group message. Whoever is in it may, where they may make private channels.
func (a *API) convertGroup(r *Request) (Response, error) {
	in, err := decode[wire.GroupMessageConversion](r)
	if err != nil {
		return Response{}, err
	}
	if !in.ChannelID.IsZero() && in.ChannelID != r.Channel.Channel.ID {
		return Response{}, fault.BadBody("channel_id", "that of the address")
	}
	if in.TeamID.IsZero() {
		return Response{}, fault.BadBody("team_id", "the id of a team")
	}
	if err := allowed(r.Channel.Member); err != nil {
		return Response{}, err
	}
	if err := a.enterTeam(r, in.TeamID, roles.CreatePrivateChannel); err != nil {
		return Response{}, err
	}
	view, err := a.Channels.ToPrivate(r.Context(), r.Channel.Channel, in, r.User)
	return Response{Status: http.StatusOK, JSON: view}, err
}
