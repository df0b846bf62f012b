package sidebar

import (
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The kinds of categories. Everybody has one of each of the first three.
const (
	favorites      = "favorites"
	channels       = "channels"
	directMessages = "direct_messages"
	custom         = "custom"
)

// apart is how far categories stand from each other in their order, as clients expect.
const apart = 10

// arrangement is all that decides how one's sidebar looks.
type arrangement struct {
	user, team id.ID
	categories []dbsql.SidebarCategory // empty: the user has changed nothing yet
	places     []dbsql.PlacesOfUserRow // by category, in order
	joined     []dbsql.Channel         // by name
	favorite   map[id.ID]bool
}

// usual are the categories that everybody has.
func usual(user, team id.ID) []dbsql.SidebarCategory {
	category := func(kind, name, sorting string, order int64) dbsql.SidebarCategory {
		return dbsql.SidebarCategory{UserID: user, TeamID: team, ID: kind + "_" + user.String() + "_" + team.String(), Type: kind,
			SortOrder: order, Sorting: sorting, DisplayName: name}
	}
	return []dbsql.SidebarCategory{category(favorites, "Favorites", "", 0), category(channels, "Channels", "", apart),
		category(directMessages, "Direct Messages", "recent", 2*apart)}
}

// view puts every channel that the user is in under exactly one category: favourites under theirs, others where they were put, and
// those that were put nowhere under that of their kind, after those that were.
func (a arrangement) view() []wire.SidebarCategory {
	out := make([]wire.SidebarCategory, len(a.categories))
	at, ofKind := map[string]int{}, map[string]int{}
	for i, c := range a.categories {
		out[i] = wire.SidebarCategory{ID: c.ID, UserID: c.UserID, TeamID: c.TeamID, SortOrder: c.SortOrder, Sorting: c.Sorting, Type: c.Type,
			DisplayName: c.DisplayName, Muted: c.Muted, Collapsed: c.Collapsed, Channels: []id.ID{}}
		at[c.ID], ofKind[c.Type] = i, i
	}
	left := map[id.ID]dbsql.Channel{}
	for _, c := range a.joined {
		left[c.ID] = c
	}
	put := func(c dbsql.Channel, category int) {
		out[category].Channels = append(out[category].Channels, c.ID)
		delete(left, c.ID)
	}
	for _, p := range a.places {
		c, joined := left[p.ChannelID]
		category := at[p.CategoryID]
		if joined && a.favorite[c.ID] == (out[category].Type == favorites) {
			put(c, category)
		}
	}
	for _, c := range a.joined {
		if _, ok := left[c.ID]; !ok {
			continue
		}
		switch {
		case a.favorite[c.ID]:
			put(c, ofKind[favorites])
		case c.TeamID.IsZero():
			put(c, ofKind[directMessages])
		default:
			put(c, ofKind[channels])
		}
	}
	return out
}

// takes reports whether a channel may stand under a category of a kind.
func takes(kind string, c dbsql.Channel) bool {
	switch kind {
	case channels:
		return !c.TeamID.IsZero()
	case directMessages:
		return c.TeamID.IsZero()
	}
	return true
}

// fitting are those of some channels that the user is in and that the category takes, each once.
func (a arrangement) fitting(kind string, of []id.ID) []id.ID {
	out := []id.ID{}
	for _, channel := range of {
		at := slices.IndexFunc(a.joined, func(c dbsql.Channel) bool { return c.ID == channel })
		if at >= 0 && takes(kind, a.joined[at]) && !slices.Contains(out, channel) {
			out = append(out, channel)
		}
	}
	return out
}

// inserted puts a category behind the favourites where these come first, and first where they don't, and numbers all anew.
func inserted(all []dbsql.SidebarCategory, c dbsql.SidebarCategory) []dbsql.SidebarCategory {
	at := 0
	if len(all) > 0 && all[0].Type == favorites {
		at = 1
	}
	return numbered(slices.Insert(slices.Clone(all), at, c))
}

func numbered(all []dbsql.SidebarCategory) []dbsql.SidebarCategory {
	for i := range all {
		all[i].SortOrder = int64(i) * apart
	}
	return all
}
