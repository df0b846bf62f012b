// Package groups owns the groups that people make themselves: users under a name by which they are mentioned together. It never decides who may make or
// change one, nor what a mention of one does.
package groups

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Book holds the groups of a workspace.
type Book struct {
	DB  *store.DB
	Hub *realtime.Hub
	Now clock.Clock
}

// Detail is what else is told of groups. Counts and members are of those who are active and whom the one who is named sees; zero sees all.
type Detail struct {
	Count, Members bool
	SeenBy         id.ID
	Channel        id.ID // how many are in it; zero: not asked
	Timezones      bool  // and in how many time zones
}

var errAbsent = fault.New(http.StatusNotFound, "app.group.no_rows", "There is no such group, or it is archived where it should not be, or not where it should.")

// Get reads one group, also an archived one.
func (b *Book) Get(ctx context.Context, group id.ID, more Detail) (*wire.Group, error) {
	row, err := b.DB.GroupByID(ctx, group)
	return one(b.views(ctx, more)([]dbsql.UserGroup{row}, absent(err)))
}

// Find lists the groups that a search is for, by their display names.
func (b *Book) Find(ctx context.Context, by dbsql.ListGroupsParams, more Detail) ([]*wire.Group, error) {
	return b.views(ctx, more)(b.DB.ListGroups(ctx, by))
}

// ByNames reads the groups of those names that are not archived.
func (b *Book) ByNames(ctx context.Context, names []string) ([]*wire.Group, error) {
	return b.views(ctx, Detail{})(b.DB.GroupsByNames(ctx, names))
}

// InChannel counts who of each group is in a channel.
func (b *Book) InChannel(ctx context.Context, channel id.ID, timezones bool) ([]wire.ChannelMemberCountByGroup, error) {
	rows, err := b.DB.CountGroupsInChannel(ctx, channel)
	out := make([]wire.ChannelMemberCountByGroup, len(rows))
	for i, r := range rows {
		out[i] = wire.ChannelMemberCountByGroup{GroupID: r.GroupID, ChannelMemberCount: r.Members}
		if timezones {
			out[i].ChannelMemberTimezonesCount = r.Timezones
		}
	}
	return out, err
}

// Count is how many are in a group.
func (b *Book) Count(ctx context.Context, group, seenBy id.ID) (int64, error) {
	g, err := b.Get(ctx, group, Detail{Count: true, SeenBy: seenBy})
	if err != nil {
		return 0, err
	}
	return *g.MemberCount, nil
}

func absent(err error) error {
	if store.Missing(err) {
		return errAbsent
	}
	return err
}

func one(list []*wire.Group, err error) (*wire.Group, error) {
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// views are groups as the wire has them.
func (b *Book) views(ctx context.Context, more Detail) func([]dbsql.UserGroup, error) ([]*wire.Group, error) {
	return func(rows []dbsql.UserGroup, err error) ([]*wire.Group, error) {
		if err != nil {
			return nil, err
		}
		out, byID, ids := make([]*wire.Group, len(rows)), map[id.ID]*wire.Group{}, make([]id.ID, len(rows))
		for i, g := range rows {
			out[i] = &wire.Group{ID: g.ID, Name: g.Name, DisplayName: g.DisplayName, Description: g.Description, Source: wire.CustomGroup, AllowReference: true,
				CreateAt: g.CreateAt, UpdateAt: g.UpdateAt, DeleteAt: g.DeleteAt}
			byID[g.ID], ids[i] = out[i], g.ID
		}
		if err := b.counted(ctx, byID, ids, more); err != nil {
			return nil, err
		}
		return out, b.inChannel(ctx, out, more)
	}
}

func (b *Book) counted(ctx context.Context, groups map[id.ID]*wire.Group, ids []id.ID, more Detail) error {
	if more.Count {
		rows, err := b.DB.CountGroupMembers(ctx, dbsql.CountGroupMembersParams{Ids: ids, SeenBy: more.SeenBy})
		if err != nil {
			return err
		}
		for _, g := range groups {
			g.MemberCount = new(int64)
		}
		for _, r := range rows {
			*groups[r.GroupID].MemberCount = r.Members
		}
	}
	if !more.Members {
		return nil
	}
	rows, err := b.DB.GroupMemberIDs(ctx, dbsql.GroupMemberIDsParams{Ids: ids, SeenBy: more.SeenBy})
	for _, g := range groups {
		g.MemberIDs = []id.ID{}
	}
	for _, r := range rows {
		g := groups[r.GroupID]
		g.MemberIDs = append(g.MemberIDs, r.UserID)
	}
	return err
}

func (b *Book) inChannel(ctx context.Context, groups []*wire.Group, more Detail) error {
	if more.Channel.IsZero() {
		return nil
	}
	counts, err := b.InChannel(ctx, more.Channel, more.Timezones)
	if err != nil {
		return err
	}
	by := map[id.ID]wire.ChannelMemberCountByGroup{}
	for _, c := range counts {
		by[c.GroupID] = c
	}
	for _, g := range groups {
		c := by[g.ID]
		g.ChannelMemberCount = &c.ChannelMemberCount
		if more.Timezones {
			g.ChannelMemberTimezonesCount = &c.ChannelMemberTimezonesCount
		}
	}
	return nil
}
