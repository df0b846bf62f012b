package config

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Wish is a document as a client sends it. Of sections and settings that nobody knows nothing is read: newer clients have more of them, and older
// ones others.
type Wish map[string]json.RawMessage

// Change gives settings other values, and answers the names of those that have one now. What a wish leaves out, or as it is shown, stays as it is, and so
// does what the environment decides; anything else but what admins may decide is refused. All of it is done or nothing. Where from is a
// version of the document, it has to be the last.
func (b *Book) Change(ctx context.Context, wish Wish, from string) (changed []string, err error) {
	sections, err := wish.sections()
	if err != nil {
		return nil, err
	}
	var version int64
	var all decided
	err = b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if version, all, err = b.lock(ctx, q); err != nil {
			return fmt.Errorf("lock configuration: %w", err)
		}
		if from != "" && from != tag(version) {
			return fault.New(http.StatusPreconditionFailed, "api.config.update_config.conflict.app_error", "Somebody has changed the configuration meanwhile; fetch it anew.")
		}
		settings, _ := b.base.with(all)
		if changed, err = settings.change(sections, all); err != nil || len(changed) == 0 {
			return err
		}
		version++
		return q.SetConfiguration(ctx, dbsql.SetConfigurationParams{Version: version, Now: b.Now.Millis(), Settings: encoded(all)})
	})
	if err != nil {
		return nil, err
	}
	b.turn(version, all)
	return changed, nil
}

// tag names a version of the document.
func tag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

func (w Wish) sections() (Document, error) {
	out := Document{}
	for section := range usually() {
		var settings Section
		if raw, is := w[section]; is && json.Unmarshal(raw, &settings) != nil {
			return nil, fault.BadBody(section, "a JSON object")
		}
		out[section] = settings
	}
	return out, nil
}

// change decides what a wish differs in. Of what nobody may decide it may say what follows from the rest, as several settings can be one here.
func (s *Settings) change(wish Document, all decided) (changed []string, err error) {
	shown, others := s.Document(), Document{}
	for _, section := range slices.Sorted(maps.Keys(shown)) {
		others[section] = Section{}
		for _, name := range slices.Sorted(maps.Keys(shown[section])) {
			v, is := wish[section][name]
			if !is || string(v) == "null" || masked(v) || same(v, shown[section][name]) || s.fixed(section, name) {
				continue
			}
			one, may := find(section, name)
			if !may {
				others[section][name] = v
				continue
			}
			if allowed := one.set(s, v); allowed != "" {
				return nil, one.refuse(allowed)
			}
			if now := one.get(s); !same(now, shown[section][name]) { // it may have been said in other words
				all[one.full()] = now
				changed = append(changed, one.full())
			}
		}
	}
	return changed, cmp.Or(s.follow(others), s.fit(changed))
}

// follow refuses what is not so by what was decided.
func (s *Settings) follow(others Document) error {
	now := s.Document()
	for _, section := range slices.Sorted(maps.Keys(others)) {
		for _, name := range slices.Sorted(maps.Keys(others[section])) {
			if !same(others[section][name], now[section][name]) {
				return fault.New(http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error",
					"Changing %s.%s is not allowed: it is up to who runs this workspace, or is not offered here.", section, name)
			}
		}
	}
	return nil
}

func find(section, name string) (setting, bool) {
	i := slices.IndexFunc(changeable, func(one setting) bool { return one.section == section && one.name == name })
	if i < 0 {
		return setting{}, false
	}
	return changeable[i], true
}

func (s setting) refuse(allowed string) error {
	return fault.New(http.StatusBadRequest, s.refused(), "%s can't be that: it must be %s.", s.full(), allowed)
}

// fit refuses what would not hold, for whoever runs the workspace does not allow it.
func (s *Settings) fit(changed []string) error {
	held := *s
	held.bound()
	for _, one := range changeable {
		if !slices.Contains(changed, one.full()) || same(one.get(&held), one.get(s)) {
			continue
		}
		switch holds := text(one.get(&held)); one.name {
		case "MaxFileSize":
			return one.refuse(fmt.Sprintf("a whole number from 1 to %s, which who runs this workspace allows", holds))
		case "PushNotificationContents":
			return one.refuse(holds + ", because this workspace tells phones nothing")
		default:
			return one.refuse(holds + ", because this workspace sends no mail")
		}
	}
	return nil
}
