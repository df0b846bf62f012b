package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestGuestsSeeWhoIsInAChannelWithThem(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	sees := []id.ID{b.admin.id, beside.id, guest.id}
	slices.SortFunc(sees, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	team := b.team.ID.String()
	check := func(what string, list []wire.User) {
		t.Helper()
		got := make([]id.ID, len(list))
		for i, u := range list {
			got[i] = u.ID
		}
		slices.SortFunc(got, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(got, sees) {
			t.Errorf("%s: %+v", what, list)
		}
	}
	all := []id.ID{b.admin.id, beside.id, guest.id, b.member.id, b.outside.id}
	for _, path := range []string{"/users", "/users?in_team=" + team} {
		check(path, must[[]wire.User](b, guest, http.MethodGet, path, nil))
	}
	check("by ids", must[[]wire.User](b, guest, http.MethodPost, "/users/ids", all))
	check("by names", must[[]wire.User](b, guest, http.MethodPost, "/users/usernames", []string{"ada", "ben", "cy", "dee", "gil"}))
	check("search", must[[]wire.User](b, guest, http.MethodPost, "/users/search", map[string]string{"term": ""}))
	check("autocomplete", must[struct{ Users []wire.User }](b, guest, http.MethodGet, "/users/autocomplete?name=", nil).Users)
	if got := must[[]wire.Status](b, guest, http.MethodPost, "/users/status/ids", all); len(got) != 3 {
		t.Errorf("statuses: %+v", got)
	}
	if got := must[[]wire.TeamMember](b, guest, http.MethodGet, b.teammates(), nil); len(got) != 3 {
		t.Errorf("of the team: %+v", got)
	}
	if got := must[[]wire.TeamMember](b, guest, http.MethodPost, b.teammates()+"/ids", all); len(got) != 3 {
		t.Errorf("of the team by ids: %+v", got)
	}
	if got := must[wire.TeamStats](b, guest, http.MethodGet, "/teams/"+team+"/stats", nil); got.TotalMemberCount != 3 {
		t.Errorf("of the team there are %+v", got)
	}
	if got := must[wire.UsersStats](b, guest, http.MethodGet, "/users/stats", nil); got.TotalUsersCount != 3 {
		t.Errorf("there are %+v", got)
	}
	about := func(p person, name string) [][2]string {
		out := [][2]string{{http.MethodGet, b.teammates() + "/" + p.id.String()}, {http.MethodGet, "/users/username/" + name}, {http.MethodGet, "/users/email/" + name + "@example.com"}}
		for _, what := range []string{"", "/image", "/image/default", "/status", "/custom_profile_attributes"} {
			out = append(out, [2]string{http.MethodGet, b.user(p) + what})
		}
		return out
	}
	b.wantAnswers(guest, http.StatusNotFound, about(b.member, "ben")...)
	b.wantAnswers(guest, http.StatusOK, about(beside, "dee")...)
	b.wantAnswers(b.member, http.StatusOK, about(guest, "gil")...)
}

func TestGuestsWriteToWhomTheySee(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	for _, path := range []string{"/channels/direct", "/channels/group"} {
		people := []id.ID{guest.id, b.member.id}
		if path == "/channels/group" {
			people = append(people, beside.id)
		}
		if got := b.call(guest, http.MethodPost, path, people); got.status != http.StatusNotFound {
			t.Errorf("%s with somebody they don't see: %d %s", path, got.status, got.body)
		}
	}
	b.must(guest, http.MethodPost, "/channels/direct", []id.ID{guest.id, beside.id})
	for _, text := range []string{"/msg @ben hello", "/join ~" + b.public.Name} {
		b.must(guest, http.MethodPost, "/commands/execute", map[string]string{"channel_id": b.private.ID.String(), "command": text})
	}
	if got := must[[]wire.Channel](b, guest, http.MethodGet, "/users/me/channels", nil); len(got) != 2 {
		t.Errorf("after that they are in %+v", got)
	}
	b.must(b.member, http.MethodPost, "/channels/direct", []id.ID{guest.id, b.member.id})
	b.must(guest, http.MethodGet, b.user(b.member), nil)
}

func TestGuestsHearOfWhomTheySee(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	heard, member := b.dial(guest), b.dial(b.member)
	b.newUser("flo")
	b.must(b.outside, http.MethodPut, b.user(b.outside)+"/patch", map[string]string{"nickname": "unseen"})
	must[wire.Bot](b, b.admin, http.MethodPost, "/bots", map[string]string{"username": "robot"})
	b.must(beside, http.MethodPut, b.user(beside)+"/patch", map[string]string{"nickname": "seen"})
	heard.never = []realtime.Name{realtime.NewUser}
	if got := heard.next(realtime.UserUpdated); !slices.Contains(flat(string(got["user"])), `"nickname":"seen"`) {
		t.Errorf("the guest heard of %s", got["user"])
	}
	if got := member.next(realtime.UserUpdated); !slices.Contains(flat(string(got["user"])), `"nickname":"unseen"`) {
		t.Errorf("a member heard of %s", got["user"])
	}
	if err := heard.conn.WriteJSON(map[string]any{"seq": 1, "action": "get_statuses_by_ids", "data": map[string]any{"user_ids": []id.ID{b.member.id, guest.id}}}); err != nil {
		t.Fatal(err)
	}
	if got := heard.reply(); len(got) != 1 || got[guest.id.String()] == nil {
		t.Errorf("asked for statuses, the socket answers %v", got)
	}
	b.must(b.admin, http.MethodPost, b.user(guest)+"/promote", nil)
	heard.next(realtime.UserRoleUpdated)
	b.must(b.outside, http.MethodPut, b.user(b.outside)+"/patch", map[string]string{"nickname": "seen now"})
	for !slices.Contains(flat(string(heard.next(realtime.UserUpdated)["user"])), `"nickname":"seen now"`) {
	}
}
