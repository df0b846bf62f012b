package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// find answers what was found in the team, newest first.
func (b *bundle) find(as person, body map[string]any) []string {
	b.t.Helper()
	found := must[wire.PostSearchResults](b, as, http.MethodPost, "/teams/"+b.team.ID.String()+"/posts/search", body)
	out := []string{}
	for _, post := range found.Order {
		out = append(out, found.Posts[post].Message)
	}
	return out
}

func TestPostsAreFoundByWhatIsTyped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.member, http.MethodPost, "/channels/direct", []id.ID{b.member.id, b.admin.id})
	b.say(b.admin, b.public.ID, "The roof needs tiles")
	b.say(b.member, b.public.ID, "Roof tiles are there #timber")
	b.say(b.member, mustID(t, b.townSquare()), "It's painted, said builders")
	b.say(b.admin, direct.ID, "tiles, between us #Timber #paint")
	today := time.Now().UTC()
	tomorrow, yesterday := today.AddDate(0, 0, 1).Format(time.DateOnly), today.AddDate(0, 0, -1).Format(time.DateOnly)
	first, second, third, fourth := "The roof needs tiles", "Roof tiles are there #timber", "It's painted, said builders", "tiles, between us #Timber #paint"
	for typed, want := range map[string][]string{
		"tiles":                     {fourth, second, first},
		"ROOF tiles":                {second, first},
		`"roof tiles"`:              {second},
		"tiles -roof":               {fourth},
		"build*":                    {third},
		"build":                     {},
		"it's":                      {third},
		"#timber":                   {fourth, second},
		"#timber #paint":            {fourth},
		"tiles -#paint":             {second, first},
		"tiles from:ben":            {second},
		"tiles -from:@ben":          {fourth, first},
		"from:nobody-of-that-name":  {},
		"tiles in:timber":           {second, first},
		"tiles -in:~timber":         {fourth},
		"in:@ada":                   {fourth},
		"in:secret":                 {},
		"tiles before:" + tomorrow:  {fourth, second, first},
		"tiles before:" + yesterday: {},
		"tiles after:" + yesterday:  {fourth, second, first},
		"tiles after:" + tomorrow:   {},
		"tiles -on:" + tomorrow:     {fourth, second, first},
		"x' | 'tiles":               {},
		"joined":                    {},
		"-":                         {},
	} {
		if got := b.find(b.member, map[string]any{"terms": typed}); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", typed, got, want)
		}
	}
	if got := b.find(b.member, map[string]any{"terms": `"painted" needs`, "is_or_search": true}); !slices.Equal(got, []string{third, first}) {
		t.Errorf("any of two words: %q", got)
	}
	if got := b.find(b.member, map[string]any{"terms": "tiles", "per_page": 1, "page": 1}); !slices.Equal(got, []string{second}) {
		t.Errorf("the second page of one: %q", got)
	}
}

// Scripts that write without spaces are found by any part of what was written.
func TestPostsAreFoundByTheirSigns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	roof, tiles, house, mixed, latin := "屋根には瓦が必要です", "瓦 are there", "집을 짓고 있습니다", "春节快乐 from Zürich", "Zürich has roofs"
	for _, m := range []string{roof, tiles, house, mixed, latin} {
		b.say(b.admin, b.public.ID, m)
	}
	for typed, want := range map[string][]string{
		"瓦":          {tiles, roof},
		"屋根":         {roof},
		"根屋":         {},
		"必要":         {roof},
		`"瓦 are"`:    {tiles},
		"瓦 there":    {tiles},
		"瓦 -there":   {roof},
		"are -屋根":    {tiles},
		"瓦 -屋根":      {tiles},
		"짓고":         {house},
		"快乐":         {mixed},
		"快乐*":        {mixed},
		"zürich":     {latin, mixed},
		"zürich -春节": {latin},
		"zürich 快":   {mixed},
	} {
		if got := b.find(b.member, map[string]any{"terms": typed}); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", typed, got, want)
		}
	}
	if got := b.find(b.member, map[string]any{"terms": "屋根 zürich", "is_or_search": true}); !slices.Equal(got, []string{latin, mixed, roof}) {
		t.Errorf("any of two: %q", got)
	}
}

func TestNobodyFindsWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secret := b.say(b.admin, b.private.ID, "hidden gold")
	said := b.say(b.member, b.public.ID, "open gold")
	deleted := b.say(b.member, b.public.ID, "deleted gold")
	b.must(b.member, http.MethodDelete, "/posts/"+deleted.ID.String(), nil)
	if got := b.find(b.member, map[string]any{"terms": "gold"}); !slices.Equal(got, []string{said.Message}) {
		t.Errorf("a member finds %q", got)
	}
	if got := b.find(b.admin, map[string]any{"terms": "gold"}); !slices.Equal(got, []string{said.Message, secret.Message}) {
		t.Errorf("who is in both finds %q", got)
	}
	if got := must[wire.PostSearchResults](b, b.outside, http.MethodPost, "/posts/search", map[string]any{"terms": "gold"}); len(got.Order) != 0 || got.Posts == nil {
		t.Errorf("somebody of no team finds %+v", got)
	}
	if got := must[wire.PostSearchResults](b, b.member, http.MethodPost, "/posts/search", map[string]any{"terms": "gold"}); len(got.Order) != 1 {
		t.Errorf("in all teams a member finds %+v", got)
	}
	b.must(b.admin, http.MethodDelete, b.in(b.public), nil)
	if got := b.find(b.member, map[string]any{"terms": "gold"}); len(got) != 0 {
		t.Errorf("in an archived channel a member finds %q", got)
	}
	if got := b.find(b.member, map[string]any{"terms": "gold", "include_deleted_channels": true}); !slices.Equal(got, []string{said.Message}) {
		t.Errorf("archived channels included a member finds %q", got)
	}
}

func TestASearchThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, body := range map[string]map[string]any{
		"without terms": {}, "too long": {"terms": strings.Repeat("x", 1001)}, "a page before the first": {"terms": "x", "page": -1},
		"nowhere on earth": {"terms": "x", "time_zone_offset": 86400},
	} {
		if got := b.call(b.member, http.MethodPost, "/teams/"+b.team.ID.String()+"/posts/search", body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
