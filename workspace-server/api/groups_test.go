package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// newGroup is what a client says to make a group.
func newGroup(name string, users ...person) wire.GroupWithUserIDs {
	in := wire.GroupWithUserIDs{Group: wire.Group{Name: name, DisplayName: strings.ToUpper(name), Source: "custom", AllowReference: true}, UserIDs: []id.ID{}}
	for _, u := range users {
		in.UserIDs = append(in.UserIDs, u.id)
	}
	return in
}

func (b *bundle) group(name string, users ...person) wire.Group {
	b.t.Helper()
	return must[wire.Group](b, b.member, http.MethodPost, "/groups", newGroup(name, users...))
}

func groupAt(g wire.Group) string { return "/groups/" + g.ID.String() }

// groupNames are the names of the groups that an address answers.
func (b *bundle) groupNames(as person, path string) string {
	b.t.Helper()
	var names []string
	for _, g := range must[[]wire.Group](b, as, http.MethodGet, path, nil) {
		names = append(names, g.Name)
	}
	return strings.Join(names, " ")
}

func TestGroupsAreMadeChangedArchivedAndRestored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	heard := b.dial(b.admin)
	told := func() (g wire.Group) { heard.inside(heard.next(realtime.GroupReceived), "group", &g); return g }
	g := b.group("masons", b.admin, b.outside, b.admin)
	if g.ID.IsZero() || g.Source != "custom" || !g.AllowReference || g.MemberCount == nil || *g.MemberCount != 2 || g.CreateAt == 0 {
		t.Fatalf("made is %+v", g)
	}
	if got := told(); got.ID != g.ID || *got.MemberCount != 2 {
		t.Errorf("told is %+v", got)
	}
	patched := must[wire.Group](b, b.member, http.MethodPut, groupAt(g)+"/patch", map[string]string{"name": "stone.masons", "description": "of stone"})
	if patched.Name != "stone.masons" || patched.DisplayName != "MASONS" || patched.Description != "of stone" || patched.UpdateAt <= g.UpdateAt {
		t.Errorf("patched is %+v", patched)
	}
	if got := told(); got.Name != "stone.masons" {
		t.Errorf("told is %+v", got)
	}
	gone := must[wire.Group](b, b.member, http.MethodDelete, groupAt(g), nil)
	if gone.DeleteAt == 0 || told().DeleteAt == 0 {
		t.Errorf("archived is %+v", gone)
	}
	for _, again := range [][2]string{{http.MethodDelete, groupAt(g)}, {http.MethodPut, groupAt(g) + "/patch"}, {http.MethodPost, groupAt(g) + "/members"}, {http.MethodGet, "/groups/" + id.New().String()}} {
		if got := b.call(b.member, again[0], again[1], wire.GroupModifyMembers{UserIDs: []id.ID{b.member.id}}); got.status != http.StatusNotFound || got.error().ID != "app.group.no_rows" {
			t.Errorf("%s of what is archived, or is not: %d %s", again, got.status, got.body)
		}
	}
	if got := must[wire.Group](b, b.member, http.MethodPost, groupAt(g)+"/restore", nil); got.DeleteAt != 0 || *got.MemberCount != 2 || told().DeleteAt != 0 {
		t.Errorf("restored is %+v", got)
	}
	if got := b.call(b.member, http.MethodPost, groupAt(g)+"/restore", nil); got.status != http.StatusNotFound {
		t.Errorf("restored again: %d", got.status)
	}
}

func TestAGroupHasANameToBeMentionedBy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("masons")
	with := func(change func(*wire.GroupWithUserIDs)) wire.GroupWithUserIDs {
		in := newGroup("roofers")
		change(&in)
		return in
	}
	for want, in := range map[string]wire.GroupWithUserIDs{
		"app.custom_group.unique_name":              newGroup("masons"),
		"app.group.username_conflict":               newGroup("ben"),
		"model.group.name.reserved_name.app_error":  newGroup("here"),
		"model.group.name.invalid_chars.app_error":  newGroup("Roofers"),
		"model.group.name.invalid_length.app_error": newGroup(strings.Repeat("r", 65)),
		"api.custom_groups.must_be_referenceable":   with(func(in *wire.GroupWithUserIDs) { in.AllowReference = false }),
		"app.group.crud_permission":                 with(func(in *wire.GroupWithUserIDs) { in.Source = "ldap" }),
		"api.custom_groups.no_remote_id":            with(func(in *wire.GroupWithUserIDs) { in.RemoteID = new(string); *in.RemoteID = "x" }),
		"model.group.display_name.app_error":        with(func(in *wire.GroupWithUserIDs) { in.DisplayName = "" }),
		"model.group.description.app_error":         with(func(in *wire.GroupWithUserIDs) { in.Description = strings.Repeat("d", 1025) }),
		"api.context.invalid_body_param.app_error":  with(func(in *wire.GroupWithUserIDs) { in.UserIDs = []id.ID{id.New()} }),
		"app.group.members_limit.app_error":         with(func(in *wire.GroupWithUserIDs) { in.UserIDs = slices.Repeat([]id.ID{{}}, 1001); number(in.UserIDs) }),
	} {
		if got := b.call(b.member, http.MethodPost, "/groups", in); got.status != http.StatusBadRequest || got.error().ID != want {
			t.Errorf("want %s: %d %s", want, got.status, got.body)
		}
	}
	for name, want := range map[string]string{"ada": "app.group.username_conflict", "all": "model.group.name.reserved_name.app_error", "": "model.group.name.invalid_length.app_error"} {
		if got := b.call(b.member, http.MethodPut, groupAt(g)+"/patch", map[string]string{"name": name}); got.error().ID != want {
			t.Errorf("renamed to %q: %d %s", name, got.status, got.body)
		}
	}
	if got := b.groupNames(b.member, "/groups?include_archived=true"); got != "masons" {
		t.Errorf("there are %s", got)
	}
}

func number(ids []id.ID) {
	for i := range ids {
		ids[i] = id.New()
	}
}

// Nor has a user the name of a group, be it archived.
func TestNoUserGetsTheNameOfAGroup(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("masons")
	b.must(b.member, http.MethodDelete, groupAt(g), nil)
	for what, got := range map[string]answer{
		"renamed": b.call(b.member, http.MethodPut, "/users/me/patch", map[string]string{"username": "Masons"}),
		"made":    b.call(b.admin, http.MethodPost, "/users", map[string]string{"username": "masons", "email": "m@example.com", "password": "long enough 1"}),
		"a bot":   b.call(b.admin, http.MethodPost, "/bots", map[string]string{"username": "masons"}),
	} {
		if got.status != http.StatusBadRequest || got.error().ID != "app.user.save.username_exists.app_error" {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	b.must(b.member, http.MethodPut, "/users/me/patch", map[string]string{"username": "ben", "nickname": "Benny"}) // the name that he has
}

func TestGroupsAreFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.group("masons", b.member, b.outside)
	roofers := b.group("roofers", b.outside)
	tilers := b.group("tilers")
	b.must(b.member, http.MethodDelete, groupAt(tilers), nil)
	for query, want := range map[string]string{
		"":                       "masons roofers",
		"?q=@ROOF":               "roofers",
		"?q=s&per_page=1&page=1": "roofers",
		"?q=%25":                 "",
		"?include_archived=true": "masons roofers tilers",
		"?filter_archived=true":  "tilers",
		"?filter_has_member=" + b.member.id.String(): "masons",
		"?group_source=ldap":                         "",
		"?group_source=custom":                       "masons roofers",
		"?only_syncable_sources=true":                "",
		fmt.Sprintf("?since=%d", roofers.CreateAt):   "roofers tilers",
	} {
		if got := b.groupNames(b.admin, "/groups"+query); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	if got := b.groupNames(b.outside, "/users/me/groups"); got != "masons roofers" {
		t.Errorf("cy is in %q", got)
	}
	if got := must[[]wire.Group](b, b.outside, http.MethodGet, "/users/me/groups?include_member_ids=true&include_member_count=true", nil); got[0].MemberIDs != nil || *got[0].MemberCount != 2 {
		t.Errorf("all of cy's groups come with who is in them: %+v", got)
	}
	if got := must[[]wire.Group](b, b.admin, http.MethodPost, "/groups/names", []string{"tilers", "masons", "ben"}); len(got) != 1 || got[0].Name != "masons" || got[0].MemberIDs != nil {
		t.Errorf("by names: %+v", got)
	}
	more := must[[]wire.Group](b, b.member, http.MethodGet, "/groups?q=masons&include_member_count=true&include_member_ids=true&include_timezones=true&include_channel_member_count="+b.public.ID.String(), nil)[0]
	if *more.MemberCount != 2 || !slices.Equal(more.MemberIDs, []id.ID{b.member.id, b.outside.id}) || *more.ChannelMemberCount != 1 || *more.ChannelMemberTimezonesCount != 0 {
		t.Errorf("in detail: %+v", more)
	}
	for _, refused := range []string{"?include_channel_member_count=" + b.private.ID.String(), "?filter_has_member=x", "?since=x"} {
		if got := b.call(b.member, http.MethodGet, "/groups"+refused, nil); got.status != http.StatusForbidden && got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", refused, got.status, got.body)
		}
	}
}
