package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// found are the names of the channels that a search answers.
func (b *bundle) found(as person, path string, body map[string]any) (names []string) {
	b.t.Helper()
	for _, c := range must[[]wire.ChannelWithTeam](b, as, http.MethodPost, path, body) {
		names = append(names, c.Name)
	}
	return names
}

func TestAdminsSearchAllChannelsAndMembersTheirOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	others := must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "others", DisplayName: "Others", Type: "O"})
	b.must(b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: others.ID, Name: "timber-two", DisplayName: "More Timber", Type: "O"})
	const all, own = "/channels/search", "/channels/search?system_console=false"
	term := func(more ...any) map[string]any {
		body := map[string]any{"term": "tImBer"}
		for i := 0; i < len(more); i += 2 {
			body[more[i].(string)] = more[i+1]
		}
		return body
	}
	for _, c := range []struct {
		name string
		as   person
		path string
		body map[string]any
		want []string
	}{
		{"all", b.admin, all, term(), []string{"timber-two", "timber"}},
		{"one team", b.admin, all, term("team_ids", []id.ID{others.ID}), []string{"timber-two"}},
		{"private", b.admin, all, map[string]any{"private": true}, []string{"secret"}},
		{"public", b.admin, all, map[string]any{"public": true, "exclude_default_channels": true}, []string{"timber-two", "timber"}},
		{"of groups", b.admin, all, term("group_constrained", true), nil},
		{"by id", b.admin, all, map[string]any{"term": b.private.ID.String(), "include_search_by_id": true}, []string{"secret"}},
		{"an id that is not asked for", b.admin, all, map[string]any{"term": b.private.ID.String()}, nil},
		{"a member's", b.member, own, map[string]any{"exclude_default_channels": true}, []string{"timber"}},
		{"a private one of an admin's own", b.admin, own, map[string]any{"term": "secret"}, []string{"secret"}},
		{"a private one of others", b.member, own, map[string]any{"term": "secret"}, nil},
		{"an outsider's", b.outside, own, term(), nil},
	} {
		if got := b.found(c.as, c.path, c.body); !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v", c.name, got)
		}
	}
	if got := b.call(b.member, http.MethodPost, all, term()).status; got != http.StatusForbidden {
		t.Errorf("a member searches all: %d", got)
	}
	page := must[wire.ChannelsWithCount](b, b.admin, http.MethodPost, all, term("page", 1, "per_page", 1))
	if page.TotalCount != 2 || len(page.Channels) != 1 || page.Channels[0].TeamName != "builders" || page.Channels[0].TeamDisplayName != "Builders" || page.Channels[0].TeamUpdateAt == 0 {
		t.Errorf("the second page is %+v", page)
	}
	if got := b.call(b.admin, http.MethodPost, all, term("page", -1, "per_page", 1)).status; got != http.StatusBadRequest {
		t.Errorf("a page before the first answers %d", got)
	}
}

func TestArchivedChannelsAreFoundWhereTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []wire.Channel{b.public, b.private} {
		b.must(b.admin, http.MethodDelete, b.in(c), nil)
	}
	none := map[string]any{"term": "timber"}
	if got := b.found(b.admin, "/channels/search", none); len(got) != 0 {
		t.Errorf("archived, it is found: %v", got)
	}
	for _, with := range []string{"include_deleted", "deleted"} {
		if got := b.found(b.admin, "/channels/search", map[string]any{"term": "timber", with: true}); !slices.Equal(got, []string{"timber"}) {
			t.Errorf("%s: found %v", with, got)
		}
	}
	if got := b.found(b.admin, "/channels/search", map[string]any{"deleted": true, "term": "square"}); len(got) != 0 {
		t.Errorf("among the archived is %v", got)
	}
	archived := "/teams/" + b.team.ID.String() + "/channels/search_archived"
	if got := b.found(b.admin, archived, map[string]any{"term": ""}); !slices.Equal(got, []string{"secret", "timber"}) {
		t.Errorf("the admin finds %v", got)
	}
	if got := b.found(b.member, archived, map[string]any{"term": "E"}); !slices.Equal(got, []string{"timber"}) {
		t.Errorf("the member finds %v", got)
	}
}

func TestGroupMessagesAreFoundByWhoIsInThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dee := b.newUser("dee")
	b.must(b.admin, http.MethodPost, "/channels/group", []id.ID{b.member.id, b.outside.id})
	b.must(b.admin, http.MethodPost, "/channels/group", []id.ID{b.member.id, dee.id})
	for term, want := range map[string]string{"be": "ada, ben, cy|ada, ben, dee", "be, DE": "ada, ben, dee", "cy dee": "", "e": "", "_": ""} {
		var got []string
		for _, c := range must[[]wire.Channel](b, b.admin, http.MethodPost, "/channels/group/search", map[string]string{"term": term}) {
			got = append(got, c.DisplayName)
		}
		slices.Sort(got)
		if strings.Join(got, "|") != want {
			t.Errorf("%q finds %v", term, got)
		}
	}
	if got := must[[]wire.Channel](b, dee, http.MethodPost, "/channels/group/search", map[string]string{"term": "cy"}); len(got) != 0 {
		t.Errorf("others' are found: %+v", got)
	}
}

func TestNobodyRecommendsOrManagesChannels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{"/teams/" + b.team.ID.String() + "/channels/recommended": "[]", "/teams/" + b.team.ID.String() + "/channels/managed_categories": "{}",
		b.in(b.public) + "/member_counts_by_group?include_timezones=true": "[]"} {
		if got := string(b.must(b.member, http.MethodGet, path, nil)); got != want {
			t.Errorf("%s answers %s", path, got)
		}
	}
}
