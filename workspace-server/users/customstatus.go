package users

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/emoji"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Clients read what somebody is up to from the user's props, and what they were up to lately from a preference.
const (
	recentCategory = "custom_status"
	recentName     = "recent_custom_statuses"
	mostRecent     = 5
	longestStatus  = 100 // characters
	usualEmoji     = "speech_balloon"
	untilATime     = "date_and_time"
)

var durations = []string{"thirty_minutes", "one_hour", "four_hours", "today", "this_week", untilATime}

// SetCustomStatus says what a user is up to, to everybody, and keeps it among those used lately.
func (d *Directory) SetCustomStatus(ctx context.Context, user id.ID, s wire.CustomStatus) error {
	if err := d.checkStatus(&s); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var u dbsql.User
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if u, err = q.SetCustomStatus(ctx, dbsql.SetCustomStatusParams{ID: user, Status: string(text), Now: d.Now.Millis()}); err != nil {
			return err
		}
		return d.changeRecent(ctx, q, user, func(recent []wire.CustomStatus) []wire.CustomStatus {
			recent = slices.DeleteFunc(recent, func(r wire.CustomStatus) bool { return r.Text == s.Text })
			recent = append([]wire.CustomStatus{s}, recent...)
			return recent[:min(mostRecent, len(recent))]
		})
	})
	if store.Missing(err) {
		return fault.NotFound("user")
	}
	if err == nil {
		d.announceUpdate(ctx, u)
		err = d.announceRecent(ctx, user)
	}
	return err
}

// ClearCustomStatus takes it back; once more changes nothing.
func (d *Directory) ClearCustomStatus(ctx context.Context, user id.ID) error {
	u, err := d.DB.ClearCustomStatus(ctx, dbsql.ClearCustomStatusParams{ID: user, Now: d.Now.Millis()})
	if store.Missing(err) {
		return nil
	}
	if err == nil {
		d.announceUpdate(ctx, u)
	}
	return err
}

// ForgetCustomStatus drops one of those used lately.
func (d *Directory) ForgetCustomStatus(ctx context.Context, user id.ID, s wire.CustomStatus) error {
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		return d.changeRecent(ctx, q, user, func(recent []wire.CustomStatus) []wire.CustomStatus {
			return slices.DeleteFunc(recent, func(r wire.CustomStatus) bool {
				return r.Emoji == s.Emoji && r.Text == s.Text && r.Duration == s.Duration && r.ExpiresAt.Equal(s.ExpiresAt)
			})
		})
	})
	if err == nil {
		err = d.announceRecent(ctx, user)
	}
	return err
}

func (d *Directory) checkStatus(s *wire.CustomStatus) error {
	ends := !s.ExpiresAt.IsZero()
	if s.Duration == "" && ends {
		s.Duration = untilATime
	}
	switch {
	case s.Emoji == "" && s.Text == "":
		return fault.BadBody("emoji", "an emoji or a text")
	case utf8.RuneCountInString(s.Text) > longestStatus:
		return fault.BadBody("text", "at most 100 characters")
	case s.Emoji != "" && !emoji.IsName(s.Emoji):
		return fault.BadBody("emoji", emoji.Allowed)
	case s.Duration != "" && !slices.Contains(durations, s.Duration):
		return fault.BadBody("duration", "thirty_minutes, one_hour, four_hours, today, this_week, date_and_time or nothing")
	case s.Duration != "" && !s.ExpiresAt.After(d.Now()):
		return fault.BadBody("expires_at", "a time that is not over")
	}
	if s.Emoji == "" {
		s.Emoji = usualEmoji
	}
	s.ExpiresAt = s.ExpiresAt.UTC().Truncate(time.Millisecond)
	return nil
}

// changeRecent is for who holds the user's row, so that none is lost of two at a time.
func (d *Directory) changeRecent(ctx context.Context, q *dbsql.Queries, user id.ID, change func([]wire.CustomStatus) []wire.CustomStatus) error {
	if err := q.LockUser(ctx, user); err != nil {
		return err
	}
	recent, err := recentOf(ctx, q, user)
	if err != nil {
		return err
	}
	text, err := json.Marshal(change(recent))
	if err != nil {
		return err
	}
	return q.PutPreferences(ctx, dbsql.PutPreferencesParams{UserID: user, Categories: []string{recentCategory}, Names: []string{recentName},
		PreferenceValues: []string{string(text)}})
}

func recentOf(ctx context.Context, q *dbsql.Queries, user id.ID) ([]wire.CustomStatus, error) {
	p, err := q.PreferenceOfUser(ctx, dbsql.PreferenceOfUserParams{UserID: user, Category: recentCategory, Name: recentName})
	if store.Missing(err) {
		return nil, nil
	}
	return parseRecent(p.Value), err
}

// parseRecent gives none where a client has kept something else under that name.
func parseRecent(text string) []wire.CustomStatus {
	recent := []wire.CustomStatus{}
	if json.Unmarshal([]byte(text), &recent) != nil || recent == nil {
		return []wire.CustomStatus{}
	}
	return recent[:min(mostRecent, len(recent))]
}

func (d *Directory) announceRecent(ctx context.Context, user id.ID) error {
	p, err := d.DB.PreferenceOfUser(ctx, dbsql.PreferenceOfUserParams{UserID: user, Category: recentCategory, Name: recentName})
	if err == nil {
		d.Preferences.Announce(user, []wire.Preference{wire.Preference(p)}, nil)
	}
	return err
}
