package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func linking(t *testing.T) *bundle {
	t.Helper()
	return setupWith(t, func(s *config.Settings) { s.SiteURL = &url.URL{Scheme: "https", Host: "team.example"} })
}

func link(p wire.Post) string { return "https://team.example/builders/pl/" + p.ID.String() }

// shows is the post that stands under another, nil for none.
func shows(t *testing.T, p wire.Post) *wire.PreviewPost {
	t.Helper()
	if len(p.Metadata.Embeds) == 0 {
		return nil
	}
	raw, _ := json.Marshal(p.Metadata.Embeds[0].Data)
	var out wire.PreviewPost
	if err := json.Unmarshal(raw, &out); err != nil || p.Metadata.Embeds[0].Type != "permalink" || p.Metadata.Embeds[0].URL != "" {
		t.Fatalf("%s %s", p.Metadata.Embeds[0].Type, raw)
	}
	return &out
}

func TestALinkToAPostShowsItWhereEverybodyMayReadIt(t *testing.T) {
	t.Parallel()
	b := linking(t)
	open, hidden := b.say(b.admin, b.public.ID, "planks"), b.say(b.admin, b.private.ID, "the secret")
	dm := func(x, y person) id.ID {
		return must[wire.Channel](b, x, http.MethodPost, "/channels/direct", []id.ID{x.id, y.id}).ID
	}
	withBen, withCy := dm(b.admin, b.member), dm(b.admin, b.outside)
	for name, c := range map[string]struct {
		in    id.ID
		to    wire.Post
		shown bool
	}{
		"the same channel":                        {b.public.ID, open, true},
		"the same private channel":                {b.private.ID, hidden, true},
		"a public one, in a private one":          {b.private.ID, open, true},
		"a public one, to a member of the team":   {withBen, open, true},
		"a public one, to nobody of the team":     {withCy, open, false},
		"a private one, in a public one":          {b.public.ID, hidden, false},
		"a private one, to who is not in it":      {withBen, hidden, false},
		"a post that never was":                   {b.public.ID, wire.Post{ID: id.New()}, false},
		"a private one, to who isn't in the team": {withCy, hidden, false},
	} {
		said := b.say(b.admin, c.in, "see "+link(c.to))
		for how, p := range map[string]wire.Post{"at once": said, "read": must[wire.Post](b, b.admin, http.MethodGet, "/posts/"+said.ID.String(), nil)} {
			got := shows(t, p)
			if (got != nil) != c.shown {
				t.Errorf("%s, %s: it shows %+v", name, how, got)
				continue
			}
			if got != nil && (got.PostID != c.to.ID || got.Post.Message != c.to.Message || got.ChannelID != c.to.ChannelID || got.TeamName != "builders" || got.ChannelType == "" || got.ChannelDisplayName == "") {
				t.Errorf("%s, %s: %+v", name, how, got)
			}
		}
	}
	if raw := string(b.must(b.member, http.MethodGet, b.in(b.public)+"/posts", nil)); strings.Contains(raw, "the secret") {
		t.Errorf("who may not read it gets %s", raw)
	}
}

func TestALinkToAPostShowsItOnlyAsLongAsItMay(t *testing.T) {
	t.Parallel()
	b := linking(t)
	target := b.say(b.admin, b.public.ID, "planks")
	said := b.say(b.admin, b.private.ID, link(target))
	again := func() *wire.PreviewPost {
		return shows(t, must[wire.Post](b, b.admin, http.MethodGet, "/posts/"+said.ID.String(), nil))
	}
	if again() == nil {
		t.Error("it is not shown")
	}
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": b.member.id})
	b.must(b.admin, http.MethodPut, b.in(b.public)+"/privacy", map[string]string{"privacy": "P"})
	if again() == nil {
		t.Error("it is not shown to who is in both")
	}
	b.must(b.admin, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	if got := again(); got != nil {
		t.Errorf("it is shown to who was put out: %+v", got)
	}
	b.must(b.admin, http.MethodPut, b.in(b.public)+"/privacy", map[string]string{"privacy": "O"})
	b.must(b.admin, http.MethodDelete, "/posts/"+target.ID.String(), nil)
	if got := again(); got != nil {
		t.Errorf("deleted, it is shown: %+v", got)
	}
}

// Public is for members: a guest reads only the channels that they are in.
func TestALinkToAPublicPostShowsNothingToGuests(t *testing.T) {
	t.Parallel()
	b := linking(t)
	other := must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "stone", DisplayName: "Stone", Type: "O"})
	target := b.say(b.admin, other.ID, "planks")
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	shown := func() (n int) {
		for _, in := range []id.ID{b.public.ID, direct.ID} {
			if shows(t, b.say(b.admin, in, link(target))) != nil {
				n++
			}
		}
		return n
	}
	if n := shown(); n != 2 {
		t.Errorf("to a member it is shown in %d of 2 channels", n)
	}
	b.must(b.admin, http.MethodPost, "/users/"+b.member.id.String()+"/demote", nil)
	if n := shown(); n != 0 {
		t.Errorf("to a guest it is shown in %d channels", n)
	}
	b.must(b.admin, http.MethodPost, "/channels/"+other.ID.String()+"/members", map[string]id.ID{"user_id": b.member.id})
	if n := shown(); n != 2 {
		t.Errorf("to a guest who is in both it is shown in %d of 2 channels", n)
	}
}
