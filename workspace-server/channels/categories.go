package channels

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Categories sorts a user's channels of a team under the three headings that everyone has: favourites (a preference),
// channels, and direct messages.
func (d *Directory) Categories(ctx context.Context, user, team id.ID) (wire.SidebarCategories, error) {
	rows, err := d.DB.ChannelsOfUser(ctx, dbsql.ChannelsOfUserParams{UserID: user, TeamID: team})
	if err != nil {
		return wire.SidebarCategories{}, err
	}
	marks, err := d.Preferences.List(ctx, user, "favorite_channel")
	if err != nil {
		return wire.SidebarCategories{}, err
	}
	favourite := map[string]bool{}
	for _, p := range marks {
		favourite[p.Name] = p.Value == "true"
	}
	out := wire.SidebarCategories{Categories: []wire.SidebarCategory{
		heading("favorites", "Favorites", "", user, team, 0),
		heading("channels", "Channels", "", user, team, 10),
		heading("direct_messages", "Direct Messages", "recent", user, team, 20),
	}}
	for _, c := range rows {
		at := 1
		switch {
		case favourite[c.ID.String()]:
			at = 0
		case c.TeamID.IsZero():
			at = 2
		}
		out.Categories[at].Channels = append(out.Categories[at].Channels, c.ID)
	}
	for _, c := range out.Categories {
		out.Order = append(out.Order, c.ID)
	}
	return out, nil
}

func heading(kind, display, sorting string, user, team id.ID, order int64) wire.SidebarCategory {
	return wire.SidebarCategory{ID: kind + "_" + user.String() + "_" + team.String(), UserID: user, TeamID: team, SortOrder: order,
		Sorting: sorting, Type: kind, DisplayName: display, Channels: []id.ID{}}
}
