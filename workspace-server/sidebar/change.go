package sidebar

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostCategories = 200
	longestName    = 64 // characters
)

// Create adds a category of the user's own, moves channels into it, and tells the user's other clients.
func (b *Book) Create(ctx context.Context, user, team id.ID, in wire.SidebarCategory) (wire.SidebarCategory, error) {
	if err := check(in, custom); err != nil {
		return wire.SidebarCategory{}, err
	}
	c := dbsql.SidebarCategory{UserID: user, TeamID: team, ID: id.New().String(), Type: custom, Sorting: in.Sorting,
		DisplayName: strings.TrimSpace(in.DisplayName), Muted: in.Muted, Collapsed: in.Collapsed}
	var put changes
	err := b.change(ctx, user, team, func(q *dbsql.Queries, a arrangement) error {
		if len(a.categories) >= mostCategories {
			return fault.BadBody("categories", "at most 200 in a team")
		}
		if err := save(ctx, q, inserted(a.categories, c)); err != nil {
			return err
		}
		if c.Muted {
			put.mute(true, a.fitting(custom, in.Channels))
		}
		return put.fill(ctx, q, a, c, in.Channels)
	})
	if err != nil {
		return wire.SidebarCategory{}, err
	}
	b.announce(realtime.CategoryCreated, user, team, one{c.ID})
	if err := b.after(ctx, user, put); err != nil {
		return wire.SidebarCategory{}, err
	}
	return b.One(ctx, user, team, c.ID)
}

// Update changes categories and which channels they have, and tells the user's other clients. The names of those that everybody has stay.
func (b *Book) Update(ctx context.Context, user, team id.ID, list []wire.SidebarCategory) ([]wire.SidebarCategory, error) {
	var put changes
	err := b.change(ctx, user, team, func(q *dbsql.Queries, a arrangement) error {
		for _, in := range list {
			at := slices.IndexFunc(a.categories, func(c dbsql.SidebarCategory) bool { return c.ID == in.ID })
			if at < 0 {
				return fault.NotFound("category")
			}
			c := a.categories[at]
			if err := check(in, c.Type); err != nil {
				return err
			}
			if c.Type == custom {
				c.DisplayName = strings.TrimSpace(in.DisplayName)
			}
			if c.Muted != in.Muted {
				put.mute(in.Muted, a.fitting(c.Type, in.Channels))
			}
			c.Sorting, c.Muted, c.Collapsed = in.Sorting, in.Muted, in.Collapsed
			if err := save(ctx, q, []dbsql.SidebarCategory{c}); err != nil {
				return err
			}
			if err := put.fill(ctx, q, a, c, in.Channels); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := b.after(ctx, user, put); err != nil {
		return nil, err
	}
	all, err := b.Of(ctx, user, team)
	if err != nil {
		return nil, err
	}
	out := make([]wire.SidebarCategory, len(list))
	for i, in := range list {
		if out[i], err = named(all, in.ID); err != nil {
			return nil, err
		}
	}
	b.announce(realtime.CategoryUpdated, user, team, updated{realtime.Text(out)})
	return out, nil
}

// Reorder gives the categories another order, which has to name each once.
func (b *Book) Reorder(ctx context.Context, user, team id.ID, order []string) ([]string, error) {
	err := b.change(ctx, user, team, func(q *dbsql.Queries, a arrangement) error {
		var all []dbsql.SidebarCategory
		for _, name := range order {
			at := slices.IndexFunc(a.categories, func(c dbsql.SidebarCategory) bool { return c.ID == name })
			if at < 0 || slices.ContainsFunc(all, func(c dbsql.SidebarCategory) bool { return c.ID == name }) {
				return fault.BadBody("order", "the ids of all of the user's categories in the team, each once")
			}
			all = append(all, a.categories[at])
		}
		if len(all) != len(a.categories) {
			return fault.BadBody("order", "the ids of all of the user's categories in the team, each once")
		}
		return save(ctx, q, numbered(all))
	})
	if err != nil {
		return nil, err
	}
	b.announce(realtime.CategoriesOrdered, user, team, ordered{order})
	return order, nil
}

// Delete removes a category of the user's own. Its channels go back to where those of their kind are.
func (b *Book) Delete(ctx context.Context, user, team id.ID, category string) error {
	err := b.change(ctx, user, team, func(q *dbsql.Queries, a arrangement) error {
		at := slices.IndexFunc(a.categories, func(c dbsql.SidebarCategory) bool { return c.ID == category })
		switch {
		case at < 0:
			return fault.NotFound("category")
		case a.categories[at].Type != custom:
			return fault.BadURL("category_id", "a category that you made yourself")
		}
		return q.DeleteCategory(ctx, dbsql.DeleteCategoryParams{UserID: user, TeamID: team, ID: category})
	})
	if err == nil {
		b.announce(realtime.CategoryDeleted, user, team, one{category})
	}
	return err
}

// change does something to what there is, of which the usual categories are kept from then on.
func (b *Book) change(ctx context.Context, user, team id.ID, do func(q *dbsql.Queries, a arrangement) error) error {
	return b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, user); err != nil {
			return err
		}
		a, err := read(ctx, q, user, team)
		if err != nil {
			return err
		}
		if err := save(ctx, q, a.categories); err != nil {
			return err
		}
		return do(q, a)
	})
}

func save(ctx context.Context, q *dbsql.Queries, list []dbsql.SidebarCategory) error {
	for _, c := range list {
		if err := q.PutCategory(ctx, dbsql.PutCategoryParams(c)); err != nil {
			return err
		}
	}
	return nil
}

func check(in wire.SidebarCategory, kind string) error {
	name := strings.TrimSpace(in.DisplayName)
	switch {
	case kind == custom && (name == "" || utf8.RuneCountInString(name) > longestName):
		return fault.BadBody("display_name", "1 to 64 characters")
	case !slices.Contains([]string{"", "alpha", "recent", "manual"}, in.Sorting):
		return fault.BadBody("sorting", "alpha, recent, manual or nothing")
	}
	return nil
}
