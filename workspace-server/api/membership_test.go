package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAnInvitationLetsAStrangerIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	invite := must[wire.Team](b, b.member, http.MethodGet, "/teams/"+b.team.ID.String(), nil).InviteID
	stranger := map[string]string{"username": "eve", "email": "eve@example.com", "password": "eves-password"}
	eve := must[wire.User](b, person{}, http.MethodPost, "/users?iid="+invite, stranger)
	as := b.signIn(eve.ID)
	if teams := must[[]wire.Team](b, as, http.MethodGet, "/users/me/teams", nil); len(teams) != 1 || teams[0].ID != b.team.ID {
		t.Fatalf("teams %+v", teams)
	}
	b.say(as, mustID(t, b.townSquare()), "hello")
	again := must[wire.Team](b, b.admin, http.MethodPost, "/teams/"+b.team.ID.String()+"/regenerate_invite_id", nil)
	if again.InviteID == invite {
		t.Fatal("the invitation stayed")
	}
	if got := b.call(b.outside, http.MethodPost, "/teams/members/invite?invite_id="+invite, nil).status; got != http.StatusBadRequest {
		t.Errorf("the old invitation answers %d", got)
	}
	b.must(b.outside, http.MethodPost, "/teams/members/invite?invite_id="+again.InviteID, nil)
}

func mustID(t *testing.T, text string) id.ID {
	t.Helper()
	parsed, err := id.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// Who leaves a team is in none of its channels, and comes back as a plain member.
func TestLeavingATeamLeavesItsChannels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	team := "/teams/" + b.team.ID.String()
	b.must(b.admin, http.MethodPut, team+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_admin": true, "scheme_user": true})
	b.must(b.member, http.MethodDelete, team+"/members/me", nil)
	for _, path := range []string{team + "/members", b.in(b.public) + "/posts", "/users/me" + team + "/channels"} {
		if got := b.call(b.member, http.MethodGet, path, nil).status; got != http.StatusForbidden {
			t.Errorf("GET %s answers %d", path, got)
		}
	}
	b.must(b.admin, http.MethodPost, team+"/members", map[string]id.ID{"team_id": b.team.ID, "user_id": b.member.id})
	if m := must[wire.TeamMember](b, b.member, http.MethodGet, team+"/members/me", nil); m.SchemeAdmin {
		t.Error("came back as an admin")
	}
	if got := b.call(b.member, http.MethodGet, b.in(b.public)+"/members/me", nil).status; got != http.StatusNotFound {
		t.Errorf("is still a member of a channel: %d", got)
	}
}

func TestAnArchivedChannelIsReadOnlyUntilRestored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.member, b.public.ID, "before")
	b.must(b.admin, http.MethodDelete, b.in(b.public), nil)
	body := map[string]string{"channel_id": b.public.ID.String(), "message": "after"}
	if got := b.call(b.member, http.MethodPost, "/posts", body); got.status != http.StatusBadRequest {
		t.Errorf("posting answers %d %s", got.status, got.body)
	}
	if got := b.call(b.member, http.MethodPut, "/posts/"+post.ID.String()+"/patch", body).status; got != http.StatusBadRequest {
		t.Errorf("editing answers %d", got)
	}
	b.must(b.member, http.MethodGet, b.in(b.public)+"/posts", nil)
	b.must(b.admin, http.MethodPost, b.in(b.public)+"/restore", nil)
	b.must(b.member, http.MethodPost, "/posts", body)
}

// Some clients escape what they need not.
func TestEscapedAddressesAreUnderstood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if u := must[wire.User](b, b.admin, http.MethodGet, "/users/email/ben%40example.com", nil); u.ID != b.member.id {
		t.Errorf("found %+v", u)
	}
	post := b.say(b.member, b.public.ID, "like this").ID.String()
	b.must(b.member, http.MethodPost, "/reactions", map[string]string{"user_id": b.member.id.String(), "post_id": post, "emoji_name": "+1"})
	b.must(b.member, http.MethodDelete, "/users/me/posts/"+post+"/reactions/%2B1", nil)
	if left := must[[]wire.Reaction](b, b.member, http.MethodGet, "/posts/"+post+"/reactions", nil); len(left) != 0 {
		t.Errorf("reactions %+v", left)
	}
}

func TestAThreadIsReadInPagesBothWays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "root")
	replies := make([]wire.Post, 5)
	for i := range replies {
		replies[i] = must[wire.Post](b, b.admin, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "root_id": root.ID, "message": fmt.Sprint(i)})
	}
	check := func(query string, more bool, want ...wire.Post) {
		t.Helper()
		got := must[wire.PostList](b, b.member, http.MethodGet, "/posts/"+root.ID.String()+"/thread?"+query, nil)
		var order []id.ID
		for _, p := range append(want, root) {
			order = append(order, p.ID)
		}
		if fmt.Sprint(got.Order) != fmt.Sprint(order) || got.HasNext == nil || *got.HasNext != more {
			t.Errorf("%s: %v, more %v, want %v", query, got.Order, *got.HasNext, order)
		}
	}
	from := func(p wire.Post) string { return fmt.Sprintf("&fromPost=%s&fromCreateAt=%d", p.ID, p.CreateAt) }
	check("perPage=2&direction=down", true, replies[1], replies[0])
	check("perPage=2&direction=down"+from(replies[1]), true, replies[3], replies[2])
	check("perPage=2&direction=down"+from(replies[3]), false, replies[4])
	check("perPage=2&direction=up", true, replies[4], replies[3])
	check("perPage=2&direction=up"+from(replies[3]), true, replies[2], replies[1])
	check("perPage=2&direction=up"+from(replies[1]), false, replies[0])
}

func TestNotifyPropsAreAFewTextsHoweverOftenTheyAreSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.in(b.public) + "/members/me/notify_props"
	b.must(b.member, http.MethodPut, path, map[string]string{"desktop": "all"})
	for _, bad := range []string{"null", "[]", `{"desktop":null}`, `{"desktop":7}`, `{"desktop":{"a":"b"}}`, `{"x":"` + strings.Repeat("x", 4000) + `"}`} {
		if got := b.call(b.member, http.MethodPut, path, []byte(bad)); got.status != 400 && bad != `{"desktop":null}` {
			t.Errorf("%.40s: %d %s", bad, got.status, got.body)
		}
	}
	status := 0
	for i := range 10 {
		status = b.call(b.member, http.MethodPut, path, map[string]string{strconv.Itoa(i): strings.Repeat("x", 1000)}).status
	}
	if status != 400 {
		t.Errorf("the tenth thousand bytes: %d", status)
	}
	members := must[[]wire.ChannelMember](b, b.admin, http.MethodGet, b.in(b.public)+"/members", nil)
	for _, m := range members {
		if text, _ := json.Marshal(m.NotifyProps); len(text) > 5000 || m.UserID == b.member.id && m.NotifyProps["mark_unread"] != "all" {
			t.Errorf("%s has %d bytes of notify props: %.100s", m.UserID, len(text), text)
		}
	}
}
