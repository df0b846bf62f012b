package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// guestHouse is a workspace in which gil is a guest of the private channel, with the admin and dee; ben and cy are in the team without them.
func guestHouse(t *testing.T) (b *bundle, guest, beside person) {
	t.Helper()
	b = setup(t)
	guest, beside = b.newUser("gil"), b.newUser("dee")
	for _, p := range []person{guest, beside, b.outside} {
		b.must(b.admin, http.MethodPost, b.teammates(), map[string]id.ID{"team_id": b.team.ID, "user_id": p.id})
	}
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": guest.id})
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": beside.id})
	b.must(b.admin, http.MethodPost, b.user(guest)+"/demote", nil)
	for _, c := range must[[]wire.Channel](b, guest, http.MethodGet, b.user(guest)+"/teams/"+b.team.ID.String()+"/channels", nil) {
		if c.ID != b.private.ID {
			b.must(guest, http.MethodDelete, b.in(c)+"/members/me", nil)
		}
	}
	return b, guest, beside
}

func (b *bundle) teammates() string    { return "/teams/" + b.team.ID.String() + "/members" }
func (b *bundle) user(p person) string { return "/users/" + p.id.String() }

func (b *bundle) wantAnswers(as person, status int, calls ...[2]string) {
	b.t.Helper()
	for _, c := range calls {
		if got := b.call(as, c[0], c[1], nil); got.status != status {
			b.t.Errorf("%s %s: %d %s, want %d", c[0], c[1], got.status, got.body, status)
		}
	}
}

func TestWhoIsMadeAGuestHasAGuestsMembershipsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.admin, http.MethodPut, b.teammates()+"/"+b.member.id.String()+"/roles", map[string]string{"roles": "team_user team_admin"})
	b.must(b.admin, http.MethodPut, b.in(b.public)+"/members/"+b.member.id.String()+"/roles", map[string]string{"roles": "channel_user channel_admin"})
	heard := b.dial(b.member)
	b.must(b.admin, http.MethodPost, b.user(b.member)+"/demote", nil)
	if got := heard.next(realtime.UserRoleUpdated); string(got["roles"]) != `"system_guest"` {
		t.Errorf("they are told %s", got["roles"])
	}
	var told wire.ChannelMember
	if heard.inside(heard.next(realtime.ChannelMemberMoved), "channelMember", &told); told.Roles != roles.ChannelGuest {
		t.Errorf("of their channels they are told %+v", told)
	}
	heard.next(realtime.MemberRoleUpdated)
	team := must[wire.TeamMember](b, b.member, http.MethodGet, b.teammates()+"/me", nil)
	if team.Roles != roles.TeamGuest || !team.SchemeGuest || team.SchemeUser || team.SchemeAdmin {
		t.Errorf("in the team they are %+v", team)
	}
	in := must[wire.ChannelMember](b, b.admin, http.MethodGet, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	if in.Roles != roles.ChannelGuest || !in.SchemeGuest || in.SchemeUser || in.SchemeAdmin {
		t.Errorf("in the channel they are %+v", in)
	}
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": b.member.id})
	if in := must[wire.ChannelMember](b, b.member, http.MethodGet, b.in(b.private)+"/members/me", nil); !in.SchemeGuest {
		t.Errorf("where they come later they are %+v", in)
	}
	for _, path := range []string{b.teammates() + "/" + b.member.id.String(), b.in(b.public) + "/members/" + b.member.id.String()} {
		if got := b.call(b.admin, http.MethodPut, path+"/schemeRoles", map[string]bool{"scheme_admin": true, "scheme_user": true}); got.status != http.StatusBadRequest {
			t.Errorf("a guest as an admin: %d %s", got.status, got.body)
		}
	}
	b.say(b.member, b.public.ID, "I am still signed in")
}

func TestWhoIsNoGuestAnyMoreIsAMemberAgain(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	b.must(b.admin, http.MethodPost, b.user(guest)+"/promote", nil)
	if m := must[wire.TeamMember](b, guest, http.MethodGet, b.teammates()+"/me", nil); m.Roles != roles.TeamUser || m.SchemeGuest || !m.SchemeUser {
		t.Errorf("in the team they are %+v", m)
	}
	if m := must[wire.ChannelMember](b, guest, http.MethodGet, b.in(b.private)+"/members/me", nil); m.Roles != roles.ChannelUser || m.SchemeGuest {
		t.Errorf("in the channel they are %+v", m)
	}
	square := must[wire.Channel](b, guest, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/town-square", nil)
	b.must(guest, http.MethodGet, b.in(square)+"/members/me", nil)
	b.must(guest, http.MethodGet, b.in(b.public)+"/posts", nil)
	b.must(guest, http.MethodGet, b.user(b.outside), nil)
}

func TestWhoCanBeMadeAGuestOrAMember(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	bot := must[wire.Bot](b, b.admin, http.MethodPost, "/bots", map[string]string{"username": "robot"})
	for _, c := range []struct {
		as     person
		path   string
		status int
		id     string
	}{
		{b.admin, b.user(guest) + "/demote", http.StatusNotImplemented, "api.user.demote_user_to_guest.already_guest.app_error"},
		{b.admin, b.user(b.member) + "/promote", http.StatusNotImplemented, "api.user.promote_guest_to_user.no_guest.app_error"},
		{b.admin, "/users/me/demote", http.StatusBadRequest, "app.user.last_admin.app_error"},
		{b.admin, "/users/" + bot.UserID.String() + "/demote", http.StatusBadRequest, "api.context.invalid_url_param.app_error"},
		{b.admin, "/users/" + id.New().String() + "/demote", http.StatusNotFound, "app.user.get.find.app_error"},
		{b.member, b.user(b.outside) + "/demote", http.StatusForbidden, "api.context.permissions.app_error"},
		{guest, "/users/me/promote", http.StatusForbidden, "api.context.permissions.app_error"},
	} {
		if got := b.call(c.as, http.MethodPost, c.path, nil); got.status != c.status || got.error().ID != c.id {
			t.Errorf("%s: %d %s, want %d %s", c.path, got.status, got.body, c.status, c.id)
		}
	}
	for _, c := range []struct {
		who   person
		roles string
	}{{guest, "system_user"}, {b.member, "system_user system_guest"}, {b.member, "system_guest"}} {
		if got := b.call(b.admin, http.MethodPut, b.user(c.who)+"/roles", map[string]string{"roles": c.roles}); got.status != http.StatusBadRequest {
			t.Errorf("%s by hand: %d %s", c.roles, got.status, got.body)
		}
	}
}

func TestGuestsFindAndReadNoChannelButTheirOwn(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	said := b.say(b.member, b.public.ID, "for members")
	team := "/teams/" + b.team.ID.String()
	b.wantAnswers(guest, http.StatusForbidden, [2]string{http.MethodGet, b.in(b.public)}, [2]string{http.MethodGet, b.in(b.public) + "/posts"},
		[2]string{http.MethodGet, "/posts/" + said.ID.String()}, [2]string{http.MethodGet, team + "/channels"}, [2]string{http.MethodGet, team + "/channels/deleted"})
	b.wantAnswers(guest, http.StatusNotFound, [2]string{http.MethodGet, team + "/channels/name/" + b.public.Name})
	if got := b.call(guest, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": guest.id}); got.status != http.StatusForbidden {
		t.Errorf("joining: %d %s", got.status, got.body)
	}
	if got := b.call(guest, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "theirs", DisplayName: "x", Type: "P"}); got.status != http.StatusForbidden {
		t.Errorf("making one: %d %s", got.status, got.body)
	}
	if got := must[[]wire.Post](b, guest, http.MethodPost, "/posts/ids", []id.ID{said.ID}); len(got) != 0 {
		t.Errorf("posts by their ids: %+v", got)
	}
	for path, body := range map[string]any{"/channels/search?system_console=false": map[string]string{"term": ""}, team + "/channels/search": map[string]string{"term": "e"},
		team + "/channels/ids": []id.ID{b.public.ID, b.private.ID}} {
		for _, c := range must[[]wire.Channel](b, guest, http.MethodPost, path, body) {
			if c.ID != b.private.ID {
				t.Errorf("%s finds %s", path, c.Name)
			}
		}
	}
	for _, name := range []string{"autocomplete", "search_autocomplete"} {
		got := must[[]wire.Channel](b, guest, http.MethodGet, team+"/channels/"+name+"?name=", nil)
		if len(got) != 1 || got[0].ID != b.private.ID {
			t.Errorf("%s finds %+v", name, got)
		}
	}
	b.say(guest, b.private.ID, "here I am")
}

func TestGuestsLearnNoTeamAndNoWayIntoOne(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	open := must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "open-house", DisplayName: "Open", Type: "O", AllowOpenInvite: true})
	if got := must[[]wire.Team](b, guest, http.MethodGet, "/teams", nil); len(got) != 1 || got[0].ID != b.team.ID {
		t.Errorf("teams: %+v", got)
	}
	b.wantAnswers(guest, http.StatusForbidden, [2]string{http.MethodGet, "/teams/" + open.ID.String()}, [2]string{http.MethodGet, "/teams/name/open-house"})
	if got := must[[]wire.Team](b, guest, http.MethodGet, "/users/me/teams", nil); len(got) != 1 || got[0].InviteID != "" || got[0].Email != "" {
		t.Errorf("their own: %+v", got)
	}
	if got := b.call(guest, http.MethodPost, "/teams/"+open.ID.String()+"/members", map[string]id.ID{"team_id": open.ID, "user_id": guest.id}); got.status != http.StatusForbidden {
		t.Errorf("joining: %d %s", got.status, got.body)
	}
	if got := b.call(guest, http.MethodPost, "/teams/members/invite?invite_id="+open.InviteID, nil); got.status != http.StatusForbidden {
		t.Errorf("by its link: %d %s", got.status, got.body)
	}
}

// What the previous release writes says nothing of guests.
func TestAMembershipIsAGuestsWhoeverMakesIt(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	if _, err := b.db().Exec(t.Context(), "insert into channel_members (channel_id, user_id, last_update_at) values ($1, $2, 0)", b.public.ID, guest.id); err != nil {
		t.Fatal(err)
	}
	if m := must[wire.ChannelMember](b, guest, http.MethodGet, b.in(b.public)+"/members/me", nil); !m.SchemeGuest {
		t.Errorf("they are %+v", m)
	}
}

func TestWhoIsAddedWhileTheyAreMadeAGuestIsAddedAsOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.admin, http.MethodPost, b.teammates(), map[string]id.ID{"team_id": b.team.ID, "user_id": b.outside.id})
	db := b.db()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "update users set roles = 'system_guest' where id = $1", b.outside.id); err != nil {
		t.Fatal(err)
	}
	added := make(chan answer, 1)
	go func() {
		added <- b.call(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": b.outside.id})
	}()
	waits := false
	for late := time.Now().Add(20 * time.Second); !waits && time.Now().Before(late); {
		if err := tx.QueryRow(t.Context(), "select exists (select from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid)))").Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil || !waits {
		t.Fatalf("the membership did not wait (%v)", err)
	}
	if got := <-added; got.status != http.StatusCreated || !strings.Contains(string(got.body), `"scheme_guest":true`) {
		t.Errorf("they were added as %d %s", got.status, got.body)
	}
}
