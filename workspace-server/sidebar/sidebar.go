// Package sidebar owns how people arrange their channels under headings, the protocol's sidebar categories. It never decides who is in
// a channel. A favourite is what the preference favorite_channel says, so that clients which know only that agree.
package sidebar

import (
	"context"
	"slices"

	directory "github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/preferences"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const favoriteChannel = "favorite_channel" // the category of preferences

// Book holds everybody's sidebars.
type Book struct {
	DB          *store.DB
	Hub         *realtime.Hub
	Preferences *preferences.Book
	Channels    *directory.Directory
}

// Of answers a user's categories in a team, in order, with their channels.
func (b *Book) Of(ctx context.Context, user, team id.ID) (wire.SidebarCategories, error) {
	a, err := read(ctx, b.DB.Queries, user, team)
	if err != nil {
		return wire.SidebarCategories{}, err
	}
	out := wire.SidebarCategories{Categories: a.view()}
	for _, c := range out.Categories {
		out.Order = append(out.Order, c.ID)
	}
	return out, nil
}

// One answers a single category.
func (b *Book) One(ctx context.Context, user, team id.ID, category string) (wire.SidebarCategory, error) {
	all, err := b.Of(ctx, user, team)
	if err != nil {
		return wire.SidebarCategory{}, err
	}
	return named(all, category)
}

func named(all wire.SidebarCategories, category string) (wire.SidebarCategory, error) {
	at := slices.Index(all.Order, category)
	if at < 0 {
		return wire.SidebarCategory{}, fault.NotFound("category")
	}
	return all.Categories[at], nil
}

func read(ctx context.Context, q *dbsql.Queries, user, team id.ID) (a arrangement, err error) {
	a = arrangement{user: user, team: team, favorite: map[id.ID]bool{}}
	if a.categories, err = q.CategoriesOfUser(ctx, dbsql.CategoriesOfUserParams{UserID: user, TeamID: team}); err != nil {
		return a, err
	}
	if len(a.categories) == 0 {
		a.categories = usual(user, team)
	} else if a.places, err = q.PlacesOfUser(ctx, dbsql.PlacesOfUserParams{UserID: user, TeamID: team}); err != nil {
		return a, err
	}
	if a.joined, err = q.ChannelsOfUser(ctx, dbsql.ChannelsOfUserParams{UserID: user, TeamID: team}); err != nil {
		return a, err
	}
	marks, err := q.PreferencesOfUser(ctx, dbsql.PreferencesOfUserParams{UserID: user, Category: favoriteChannel})
	for _, p := range marks {
		if channel, err := id.Parse(p.Name); err == nil && p.Value == "true" {
			a.favorite[channel] = true
		}
	}
	return a, err
}
