// Package preferences owns the settings that clients keep on the server for their user. It never interprets them.
package preferences

import (
	"context"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const mostAtOnce = 100

// Book holds everybody's preferences.
type Book struct {
	DB  *store.DB
	Hub *realtime.Hub
}

// List answers a user's preferences, of one category or all when it is empty.
func (b *Book) List(ctx context.Context, user id.ID, category string) ([]wire.Preference, error) {
	rows, err := b.DB.PreferencesOfUser(ctx, dbsql.PreferencesOfUserParams{UserID: user, Category: category})
	if err != nil {
		return nil, err
	}
	out := make([]wire.Preference, len(rows))
	for i, r := range rows {
		out[i] = wire.Preference(r)
	}
	return out, nil
}

// One answers a single preference.
func (b *Book) One(ctx context.Context, user id.ID, category, name string) (wire.Preference, error) {
	row, err := b.DB.PreferenceOfUser(ctx, dbsql.PreferenceOfUserParams{UserID: user, Category: category, Name: name})
	if store.Missing(err) {
		return wire.Preference{}, fault.NotFound("preference")
	}
	return wire.Preference(row), err
}

// Put stores preferences and tells the user's other clients.
func (b *Book) Put(ctx context.Context, user id.ID, list []wire.Preference) error {
	if err := check(user, list); err != nil {
		return err
	}
	p := dbsql.PutPreferencesParams{UserID: user}
	for _, w := range unique(list) {
		p.Categories, p.Names, p.PreferenceValues = append(p.Categories, w.Category), append(p.Names, w.Name), append(p.PreferenceValues, w.Value)
	}
	if err := b.DB.PutPreferences(ctx, p); err != nil {
		return err
	}
	b.announce(realtime.PreferencesChanged, user, list)
	return nil
}

// Delete removes preferences and tells the user's other clients.
func (b *Book) Delete(ctx context.Context, user id.ID, list []wire.Preference) error {
	if err := check(user, list); err != nil {
		return err
	}
	p := dbsql.DeletePreferencesParams{UserID: user}
	for _, w := range list {
		p.Categories, p.Names = append(p.Categories, w.Category), append(p.Names, w.Name)
	}
	if err := b.DB.DeletePreferences(ctx, p); err != nil {
		return err
	}
	b.announce(realtime.PreferencesDeleted, user, list)
	return nil
}

// Announce tells the user's other clients of preferences that somebody else has stored and removed.
func (b *Book) Announce(user id.ID, put, deleted []wire.Preference) {
	if len(put) > 0 {
		b.announce(realtime.PreferencesChanged, user, put)
	}
	if len(deleted) > 0 {
		b.announce(realtime.PreferencesDeleted, user, deleted)
	}
}

type change struct {
	Preferences string `json:"preferences"`
}

func (b *Book) announce(name realtime.Name, user id.ID, list []wire.Preference) {
	b.Hub.Publish(realtime.Event{Name: name, To: wire.Broadcast{UserID: user}, Data: change{realtime.Text(list)}})
}

func check(user id.ID, list []wire.Preference) error {
	if len(list) == 0 || len(list) > mostAtOnce {
		return fault.BadBody("preferences", "a list of 1 to 100 preferences")
	}
	for _, p := range list {
		if p.UserID != user {
			return fault.Forbidden()
		}
		if p.Category == "" || len(p.Category) > 32 || len(p.Name) > 64 || utf8.RuneCountInString(p.Value) > 20_000 {
			return fault.BadBody("preferences", "a category of 1 to 32, a name of up to 64 and a value of up to 20000 characters")
		}
	}
	return nil
}

// unique keeps the last of those with one name: a statement can't change a row twice.
func unique(list []wire.Preference) []wire.Preference {
	seen := map[wire.Preference]int{}
	var out []wire.Preference
	for _, p := range list {
		key := wire.Preference{Category: p.Category, Name: p.Name}
		if at, ok := seen[key]; ok {
			out[at] = p
			continue
		}
		seen[key] = len(out)
		out = append(out, p)
	}
	return out
}
