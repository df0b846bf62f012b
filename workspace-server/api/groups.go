package api

import (
	"context"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/groups"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// listGroups searches all groups. They may all be mentioned, none is linked to a team or channel, and none has another source than people.
func (a *API) listGroups(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	query := r.Query()
	by := dbsql.ListGroupsParams{Term: strings.ToLower(strings.TrimPrefix(strings.TrimSpace(query.Get("q")), "@")), Archived: r.Flag("filter_archived"),
		WithArchived: r.Flag("include_archived"), MaxRows: int32(size), Skip: int32(number * size)}
	if by.Since, err = r.Millis("since"); err != nil {
		return Response{}, err
	}
	if by.Member, err = r.QueryID("filter_has_member"); err != nil {
		return Response{}, err
	}
	more := r.groupDetail()
	if more.Channel, err = r.QueryID("include_channel_member_count"); err != nil {
		return Response{}, err
	}
	if !more.Channel.IsZero() {
		if err := a.enterChannel(r, more.Channel, roles.ReadChannel); err != nil {
			return Response{}, err
		}
	}
	if !by.Member.IsZero() && by.Member != r.User.ID {
		if _, err := a.other(r, by.Member); err != nil {
			return Response{}, err
		}
	}
	if source := query.Get("group_source"); source != "" && source != wire.CustomGroup || r.Flag("only_syncable_sources") {
		return reply([]*wire.Group{}, nil)
	}
	return reply(a.Groups.Find(r.Context(), by, more))
}

// groupDetail is what the query wants to know of groups, as far as who asks may.
func (r *Request) groupDetail() groups.Detail {
	return groups.Detail{Count: r.Flag("include_member_count"), Members: r.Flag("include_member_ids"), Timezones: r.Flag("include_timezones"), SeenBy: r.restriction()}
}

func (a *API) createGroup(r *Request) (Response, error) {
	in, err := decode[wire.GroupWithUserIDs](r)
	if err != nil {
		return Response{}, err
	}
	return created(a.Groups.Create(r.Context(), in))
}

func (a *API) groupsByNames(r *Request) (Response, error) {
	names, err := decode[[]string](r)
	if err == nil && (len(names) == 0 || len(names) > 1000) {
		err = fault.BadBody("names", "a list of 1 to 1000 names")
	}
	if err != nil {
		return Response{}, err
	}
	return reply(a.Groups.ByNames(r.Context(), names))
}

func (a *API) group(r *Request) (Response, error) {
	group, err := r.ID("group_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Groups.Get(r.Context(), group, r.groupDetail()))
}

func (a *API) patchGroup(r *Request) (Response, error) {
	group, err := r.ID("group_id")
	if err != nil {
		return Response{}, err
	}
	patch, err := decode[wire.GroupPatch](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Groups.Patch(r.Context(), group, patch))
}

func onGroup(do func(context.Context, id.ID) (*wire.Group, error)) Handler {
	return func(r *Request) (Response, error) {
		group, err := r.ID("group_id")
		if err != nil {
			return Response{}, err
		}
		return reply(do(r.Context(), group))
	}
}

func (a *API) groupStats(r *Request) (Response, error) {
	group, err := r.ID("group_id")
	if err != nil {
		return Response{}, err
	}
	n, err := a.Groups.Count(r.Context(), group, r.restriction())
	return reply(wire.GroupStats{GroupID: group, TotalMemberCount: n}, err)
}

func (a *API) groupMembers(r *Request) (Response, error) {
	group, err := r.ID("group_id")
	if err != nil {
		return Response{}, err
	}
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	n, err := a.Groups.Count(r.Context(), group, r.restriction())
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.ListUsers(r.Context(), dbsql.ListUsersParams{InGroup: group, Active: true, SeenBy: r.restriction(), MaxRows: int32(size), Skip: int32(number * size)})
	return reply(wire.GroupMemberList{Members: seenAll(r, rows), Count: n}, err)
}

func onGroupMembers(do func(context.Context, id.ID, []id.ID) ([]wire.GroupMember, error)) Handler {
	return func(r *Request) (Response, error) {
		group, err := r.ID("group_id")
		if err != nil {
			return Response{}, err
		}
		in, err := decode[wire.GroupModifyMembers](r)
		if err != nil {
			return Response{}, err
		}
		return reply(do(r.Context(), group, in.UserIDs))
	}
}

func (a *API) groupsOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	more := r.groupDetail()
	more.Members = false // of all groups at once they could be a million, and no client asks for them here
	return reply(a.Groups.Find(r.Context(), dbsql.ListGroupsParams{Member: user, MaxRows: groups.Most}, more))
}

func (a *API) groupsInChannel(r *Request) (Response, error) {
	return reply(a.Groups.InChannel(r.Context(), r.Channel.Channel.ID, r.Flag("include_timezones")))
}

func noLinkedGroups(*Request) (Response, error) {
	return reply(wire.LinkedGroups{Groups: []wire.Group{}}, nil)
}

func noGroupsByChannel(*Request) (Response, error) {
	return reply(wire.GroupsByChannel{Groups: map[id.ID][]wire.Group{}}, nil)
}
