package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func of(people ...person) wire.GroupModifyMembers {
	return wire.GroupModifyMembers{UserIDs: newGroup("", people...).UserIDs}
}

// inGroup are the names of a group's members, as somebody sees them.
func (b *bundle) inGroup(as person, g wire.Group) (names []string) {
	b.t.Helper()
	list := must[wire.GroupMemberList](b, as, http.MethodGet, groupAt(g)+"/members", nil)
	for _, u := range list.Members {
		names = append(names, u.Username)
	}
	stats := must[wire.GroupStats](b, as, http.MethodGet, groupAt(g)+"/stats", nil)
	if list.Count != int64(len(names)) || stats.TotalMemberCount != list.Count || stats.GroupID != g.ID {
		b.t.Errorf("%s are in %+v, by its stats %+v", names, list, stats)
	}
	return names
}

func TestMembersComeIntoGroupsAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("masons", b.member)
	heard, bystander := b.dial(b.outside), b.dial(b.admin)
	bystander.never = []realtime.Name{realtime.GroupMemberAdded, realtime.GroupMemberDeleted}
	var m wire.GroupMember
	got := must[[]wire.GroupMember](b, b.member, http.MethodPost, groupAt(g)+"/members", of(b.member, b.outside, b.outside))
	if len(got) != 2 || got[0].GroupID != g.ID || got[0].CreateAt == 0 || got[1].DeleteAt != 0 {
		t.Errorf("added: %+v", got)
	}
	if heard.inside(heard.next(realtime.GroupMemberAdded), "group_member", &m); m.UserID != b.outside.id || m.GroupID != g.ID {
		t.Errorf("told of %+v", m)
	}
	if names := b.inGroup(b.admin, g); !slices.Equal(names, []string{"ben", "cy"}) {
		t.Errorf("there are %s", names)
	}
	for path, want := range map[string]int{"/users?in_group=" + g.ID.String(): 2, "/users?not_in_group=" + g.ID.String(): 1} {
		if got := must[[]wire.User](b, b.admin, http.MethodGet, path, nil); len(got) != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := must[[]wire.User](b, b.admin, http.MethodPost, "/users/search", map[string]any{"term": "b", "not_in_group_id": g.ID}); len(got) != 0 {
		t.Errorf("found outside: %+v", got)
	}
	got = must[[]wire.GroupMember](b, b.member, http.MethodDelete, groupAt(g)+"/members", of(b.outside, b.admin))
	if len(got) != 1 || got[0].UserID != b.outside.id || got[0].DeleteAt == 0 {
		t.Errorf("removed: %+v", got)
	}
	if heard.inside(heard.next(realtime.GroupMemberDeleted), "group_member", &m); m.DeleteAt == 0 {
		t.Errorf("told of %+v", m)
	}
	var told wire.Group
	for range 2 {
		bystander.inside(bystander.next(realtime.GroupReceived), "group", &told)
	}
	if *told.MemberCount != 1 {
		t.Errorf("everybody is told of %+v", told)
	}
	for _, bad := range []wire.GroupModifyMembers{{}, {UserIDs: []id.ID{}}, {UserIDs: []id.ID{b.member.id, id.New()}}} {
		if got := b.call(b.member, http.MethodPost, groupAt(g)+"/members", bad); got.status != http.StatusBadRequest {
			t.Errorf("%+v: %d %s", bad, got.status, got.body)
		}
	}
}

func TestAGroupHasOnlySoManyMembersAndAWorkspaceGroups(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("masons")
	db := b.db()
	for _, sql := range []string{
		"insert into users (id, create_at, update_at, username, email, roles) select gen_random_uuid(), 1, 1, 'u' || n, 'u' || n || '@example.com', 'system_user' from generate_series(1, 999) n",
		"insert into group_members (group_id, user_id, create_at) select g.id, u.id, 1 from user_groups g, users u where u.username like 'u%'",
		"insert into user_groups (id, name, display_name, create_at, update_at) select gen_random_uuid(), 'g' || n, 'x', 1, 1 from generate_series(1, 998) n",
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	b.must(b.member, http.MethodPost, groupAt(g)+"/members", of(b.member))
	b.must(b.member, http.MethodPost, groupAt(g)+"/members", of(b.member)) // who is in it already
	if got := b.call(b.member, http.MethodPost, groupAt(g)+"/members", of(b.outside)); got.error().ID != "app.group.members_limit.app_error" {
		t.Errorf("one too many: %d %s", got.status, got.body)
	}
	b.group("last")
	if got := b.call(b.member, http.MethodPost, "/groups", newGroup("roofers")); got.status != http.StatusBadRequest || got.error().ID != "app.group.limit.app_error" {
		t.Errorf("a group too many: %d %s", got.status, got.body)
	}
}

// Who is deactivated is in a group no more until they are back; who becomes a guest stays, and can change no group.
func TestWhatBecomesOfMembersOfGroups(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	g := b.group("masons", guest, beside, b.member)
	if names := b.inGroup(guest, g); !slices.Equal(names, []string{"dee", "gil"}) {
		t.Errorf("a guest sees %s", names)
	}
	if got := must[[]wire.Group](b, guest, http.MethodGet, "/groups?include_member_count=true&include_member_ids=true", nil)[0]; *got.MemberCount != 2 || len(got.MemberIDs) != 2 {
		t.Errorf("a guest counts %+v", got)
	}
	if got := b.call(guest, http.MethodGet, "/groups?filter_has_member="+b.member.id.String(), nil); got.status != http.StatusNotFound {
		t.Errorf("of whom a guest doesn't see: %d %s", got.status, got.body)
	}
	b.must(b.admin, http.MethodDelete, b.user(beside), nil)
	if names := b.inGroup(b.admin, g); !slices.Equal(names, []string{"ben", "gil"}) {
		t.Errorf("without her there are %s", names)
	}
	if got := b.call(b.member, http.MethodPost, groupAt(g)+"/members", of(beside)); got.status != http.StatusBadRequest {
		t.Errorf("who is deactivated is added: %d", got.status)
	}
	b.must(b.admin, http.MethodPut, b.user(beside)+"/active", map[string]bool{"active": true})
	b.must(b.admin, http.MethodPost, b.user(b.member)+"/demote", nil)
	if names := b.inGroup(b.admin, g); !slices.Equal(names, []string{"ben", "dee", "gil"}) {
		t.Errorf("in the end there are %s", names)
	}
	if got := b.call(b.member, http.MethodPost, groupAt(g)+"/members", of(b.outside)); got.status != http.StatusForbidden {
		t.Errorf("a guest adds: %d %s", got.status, got.body)
	}
	b.must(b.admin, http.MethodPost, groupAt(g)+"/members", of(b.newUser("flo")))
	if _, err := b.db().Exec(t.Context(), "delete from users where username = 'flo'"); err != nil {
		t.Errorf("who is in a group can't be deleted: %v", err)
	}
}

func TestGuestsAreNotToldHowManyAreInAGroup(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	heard := b.dial(guest)
	heard.never = []realtime.Name{realtime.GroupReceived}
	g := b.group("masons", b.member)
	b.must(b.member, http.MethodPost, groupAt(g)+"/members", of(guest))
	heard.next(realtime.GroupMemberAdded)
}
