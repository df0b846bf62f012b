package sidebar

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// changes are what a change of the sidebar does elsewhere.
type changes struct {
	favorite map[id.ID]bool
	muted    map[id.ID]bool
}

// fill has a category hold these channels and no others, each of which leaves where it was, and keeps which became favourites and which
// are none any more.
func (e *changes) fill(ctx context.Context, q *dbsql.Queries, a arrangement, c dbsql.SidebarCategory, of []id.ID) error {
	list := a.fitting(c.Type, of)
	if err := q.EmptyCategory(ctx, dbsql.EmptyCategoryParams{UserID: a.user, TeamID: a.team, CategoryID: c.ID}); err != nil {
		return err
	}
	if err := q.PlaceChannels(ctx, dbsql.PlaceChannelsParams{UserID: a.user, TeamID: a.team, CategoryID: c.ID, ChannelIds: list}); err != nil {
		return err
	}
	is := map[id.ID]bool{}
	for _, channel := range list {
		is[channel] = true
	}
	for _, channel := range a.joined {
		switch here := is[channel.ID]; {
		case c.Type == favorites && here != a.favorite[channel.ID], c.Type != favorites && here && a.favorite[channel.ID]:
			a.favorite[channel.ID] = !a.favorite[channel.ID]
			if err := e.mark(ctx, q, a, channel.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *changes) mark(ctx context.Context, q *dbsql.Queries, a arrangement, channel id.ID) error {
	if e.favorite == nil {
		e.favorite = map[id.ID]bool{}
	}
	e.favorite[channel] = a.favorite[channel]
	if a.favorite[channel] {
		return q.PutPreferences(ctx, dbsql.PutPreferencesParams{UserID: a.user, Categories: []string{favoriteChannel}, Names: []string{channel.String()},
			PreferenceValues: []string{"true"}})
	}
	return q.DeletePreferences(ctx, dbsql.DeletePreferencesParams{UserID: a.user, Categories: []string{favoriteChannel}, Names: []string{channel.String()}})
}

func (e *changes) mute(muted bool, list []id.ID) {
	if e.muted == nil {
		e.muted = map[id.ID]bool{}
	}
	for _, channel := range list {
		e.muted[channel] = muted
	}
}

// after tells of the favourites, and mutes the channels of what was muted: each is a change of its own, and the user's to repeat.
func (b *Book) after(ctx context.Context, user id.ID, e changes) error {
	var put, gone []wire.Preference
	for channel, is := range e.favorite {
		p := wire.Preference{UserID: user, Category: favoriteChannel, Name: channel.String(), Value: "true"}
		if is {
			put = append(put, p)
		} else {
			gone = append(gone, p)
		}
	}
	b.Preferences.Announce(user, put, gone)
	for channel, muted := range e.muted {
		if err := b.Channels.SetNotify(ctx, channel, user, wire.StringMap{"mark_unread": map[bool]string{true: "mention", false: "all"}[muted]}); err != nil {
			return err
		}
	}
	return nil
}

type one struct {
	CategoryID string `json:"category_id"`
}

type updated struct {
	Categories string `json:"updatedCategories"`
}

type ordered struct {
	Order []string `json:"order"`
}

func (b *Book) announce(name realtime.Name, user, team id.ID, data any) {
	b.Hub.Publish(realtime.Event{Name: name, Data: data, To: wire.Broadcast{UserID: user, TeamID: team}})
}
