package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) createChannel(r *Request) (Response, error) {
	in, err := decode[wire.Channel](r)
	if err != nil {
		return Response{}, err
	}
	want := roles.CreatePublicChannel
	if in.Type == channels.Private {
		want = roles.CreatePrivateChannel
	}
	if err := a.enterTeam(r, in.TeamID, want); err != nil {
		return Response{}, err
	}
	return created(a.Channels.Create(r.Context(), in, r.User.ID))
}

func (a *API) openDirect(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err != nil {
		return Response{}, err
	}
	if len(ids) != 2 || (ids[0] != r.User.ID && ids[1] != r.User.ID) {
		return Response{}, fault.BadBody("user_ids", "two users, you and another")
	}
	other := ids[0]
	if other == r.User.ID {
		other = ids[1]
	}
	if _, err := a.other(r, other); err != nil {
		return Response{}, err
	}
	return created(a.Channels.OpenDirect(r.Context(), r.User.ID, other))
}

func (a *API) openGroup(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err != nil {
		return Response{}, err
	}
	people := []dbsql.User{r.User}
	have := map[id.ID]bool{r.User.ID: true}
	for _, user := range ids {
		if have[user] {
			continue
		}
		have[user] = true
		u, err := a.other(r, user)
		if err != nil {
			return Response{}, err
		}
		if people = append(people, u); len(people) > 8 {
			break
		}
	}
	return created(a.Channels.OpenGroup(r.Context(), people))
}

func (a *API) channel(r *Request) (Response, error) {
	return reply(channels.View(r.Channel.Channel), nil)
}

func (a *API) patchChannel(r *Request) (Response, error) {
	patch, err := decode[wire.ChannelPatch](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Channels.Patch(r.Context(), r.Channel.Channel, patch))
}

func (a *API) convertChannel(r *Request) (Response, error) {
	in, err := decode[struct{ Privacy string }](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Channels.Convert(r.Context(), r.Channel.Channel, in.Privacy))
}

func (a *API) archiveChannel(r *Request) (Response, error) {
	if r.Flag("permanent") {
		return Response{}, fault.New(http.StatusNotImplemented, "api.user.delete_channel.not_enabled.app_error", "Permanent deletion of channels is not enabled.")
	}
	return done(a.Channels.Archive(r.Context(), r.Channel.Channel))
}

func (a *API) restoreChannel(r *Request) (Response, error) {
	return reply(a.Channels.Restore(r.Context(), r.Channel.Channel))
}

func (a *API) channelStats(r *Request) (Response, error) {
	row, err := a.DB.ChannelStats(r.Context(), r.Channel.Channel.ID)
	out := wire.ChannelStats{ChannelID: r.Channel.Channel.ID, MemberCount: row.Members, PinnedPostCount: row.Pinned, FilesCount: row.Files}
	if r.Flag("exclude_files_count") {
		out.FilesCount = -1
	}
	return reply(out, err)
}

func (a *API) channelTimezones(r *Request) (Response, error) {
	return reply(a.DB.ChannelTimezones(r.Context(), r.Channel.Channel.ID))
}

func (a *API) memberCounts(r *Request) (Response, error) {
	ids, err := idList(r, "channel_ids")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.MemberCounts(r.Context(), dbsql.MemberCountsParams{ChannelIds: ids, UserID: r.User.ID})
	out := make(map[id.ID]int64, len(rows))
	for _, c := range rows {
		out[c.ChannelID] = c.Members
	}
	return reply(out, err)
}

// channelByName finds a channel of a team; a private one does not exist for who can't read it.
func (a *API) channelByName(r *Request) (Response, error) {
	c, err := a.Channels.ByName(r.Context(), r.Team.Team.ID, r.Path("channel_name"), r.Flag("include_deleted"))
	if err != nil {
		return Response{}, err
	}
	if err := a.enterChannel(r, c.ID, roles.ReadChannel); err != nil {
		return Response{}, fault.New(http.StatusNotFound, "app.channel.get_by_name.missing.app_error", "There is no such channel in that team.")
	}
	return reply(channels.View(c), nil)
}

func (a *API) publicChannels(r *Request) (Response, error) {
	return a.listChannels(r, "", false, channels.Public)
}

func (a *API) privateChannels(r *Request) (Response, error) {
	return a.listChannels(r, "", false, channels.Private)
}

func (a *API) archivedChannels(r *Request) (Response, error) {
	return a.listChannels(r, "", true, channels.Public)
}

func (a *API) searchChannels(r *Request) (Response, error) {
	in, err := decode[struct{ Term string }](r)
	if err != nil {
		return Response{}, err
	}
	if r.ownChannelsOnly() {
		return a.ownChannels(r, in.Term)
	}
	return a.listChannels(r, in.Term, false, channels.Public)
}

func (a *API) listChannels(r *Request, term string, deleted bool, types ...string) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ListChannels(r.Context(), dbsql.ListChannelsParams{TeamID: r.Team.Team.ID, Types: types, Deleted: deleted, Term: pattern(term),
		MaxRows: int32(size), Skip: int32(number * size)})
	return reply(channels.Views(rows), err)
}

func (a *API) publicChannelsByIDs(r *Request) (Response, error) {
	ids, err := idList(r, "channel_ids")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.PublicChannelsByIDs(r.Context(), dbsql.PublicChannelsByIDsParams{TeamID: r.Team.Team.ID, Ids: ids, UserID: r.restriction()})
	return reply(channels.Views(rows), err)
}

func (a *API) autocompleteChannels(r *Request) (Response, error) {
	return a.ownChannels(r, r.Query().Get("name"))
}

// ownChannelsOnly says that who asks finds no channel of the team but those that they are in.
func (r *Request) ownChannelsOnly() bool { return !r.Team.Allow(r.User.Roles, roles.ListTeamChannels) }

func (a *API) ownChannels(r *Request, term string) (Response, error) {
	rows, err := a.DB.SearchOwnChannels(r.Context(), dbsql.SearchOwnChannelsParams{TeamID: r.Team.Team.ID, UserID: r.User.ID,
		Term: pattern(term), OwnOnly: r.ownChannelsOnly(), MaxRows: 50})
	return reply(channels.Views(rows), err)
}

func (a *API) channelsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	since, err := r.Millis("last_delete_at")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ChannelsOfUser(r.Context(), dbsql.ChannelsOfUserParams{UserID: user, TeamID: r.Team.Team.ID,
		IncludeDeleted: r.Flag("include_deleted") || since > 0, LastDeleteAt: since})
	return reply(channels.Views(rows), err)
}
