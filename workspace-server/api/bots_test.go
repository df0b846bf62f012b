package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) newBot(as person, name string) wire.Bot {
	b.t.Helper()
	return must[wire.Bot](b, as, http.MethodPost, "/bots", wire.Bot{Username: name, DisplayName: "The lift", Description: "says when it is stuck"})
}

func (b *bundle) bots(query string) (names []string) {
	b.t.Helper()
	for _, bot := range must[[]wire.Bot](b, b.admin, http.MethodGet, "/bots"+query, nil) {
		names = append(names, bot.Username)
	}
	return names
}

func TestABotPostsByItsAccessTokenAndNobodySignsInAsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.newBot(b.admin, "lift")
	if bot.OwnerID != b.admin.id || bot.DisplayName != "The lift" || bot.Description == "" || bot.DeleteAt != 0 {
		t.Fatalf("made %+v", bot)
	}
	if u := must[wire.User](b, b.member, http.MethodGet, "/users/"+bot.UserID.String(), nil); !u.IsBot || u.BotDescription != bot.Description || u.Username != "lift" {
		t.Errorf("as a user it is %+v", u)
	}
	if n := must[wire.UsersStats](b, b.admin, http.MethodGet, "/users/stats", nil).TotalUsersCount; n != 3 {
		t.Errorf("with a bot there are %d users", n)
	}
	program := person{bot.UserID, b.newToken(b.admin, person{id: bot.UserID}).Token}
	b.join(program)
	post := must[wire.Post](b, program, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "message": "stuck", "props": map[string]string{"a": "b"}})
	if props := string(post.Props); !strings.Contains(props, `"from_bot":"true"`) || !strings.Contains(props, `"a":"b"`) {
		t.Errorf("its post has props %s", props)
	}
	if got := b.call(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": "lift", "password": "x"}); got.error().ID != "api.user.login.bot_login_forbidden.app_error" {
		t.Errorf("to sign in as it answers %d %s", got.status, got.body)
	}
}

func TestABotIsDisabledByItselfAndWithItsOwner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lift, door := b.newBot(b.admin, "lift"), b.newBot(b.admin, "door")
	token := b.newToken(b.admin, person{id: lift.UserID})
	of := "/bots/" + lift.UserID.String()
	if got := must[wire.Bot](b, b.admin, http.MethodPost, of+"/disable", nil); got.DeleteAt == 0 || b.works(token) {
		t.Errorf("disabled, it is %+v", got)
	}
	if got := b.bots(""); !slices.Equal(got, []string{"door"}) {
		t.Errorf("there are %v", got)
	}
	if got := b.bots("?include_deleted=true"); !slices.Equal(got, []string{"lift", "door"}) {
		t.Errorf("with those disabled there are %v", got)
	}
	if got := b.call(b.admin, http.MethodGet, of, nil); got.status != http.StatusNotFound || got.error().ID != "store.sql_bot.get.missing.app_error" {
		t.Errorf("one that is disabled answers %d %s", got.status, got.body)
	}
	must[wire.Bot](b, b.admin, http.MethodGet, of+"?include_deleted=true", nil)
	if got := must[wire.Bot](b, b.admin, http.MethodPost, of+"/enable", nil); got.DeleteAt != 0 || !b.works(token) {
		t.Errorf("enabled, it is %+v", got)
	}
	if got := must[wire.Bot](b, b.admin, http.MethodPost, of+"/assign/"+b.member.id.String(), nil); got.OwnerID != b.member.id {
		t.Errorf("assigned, it is %+v", got)
	}
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	if b.works(token) {
		t.Error("the token of a deactivated user's bot works")
	}
	if got := b.bots("?include_deleted=true&only_orphaned=true"); !slices.Equal(got, []string{"lift"}) {
		t.Errorf("orphans are %v", got)
	}
	for _, owner := range []string{b.member.id.String(), door.UserID.String()} {
		if got := b.call(b.admin, http.MethodPost, "/bots/"+door.UserID.String()+"/assign/"+owner, nil).status; got != http.StatusBadRequest {
			t.Errorf("assigned to who can own none, it answers %d", got)
		}
	}
}

func TestABotIsChangedAndBecomesAPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.newBot(b.admin, "lift")
	token := b.newToken(b.admin, person{id: bot.UserID})
	of := "/bots/" + bot.UserID.String()
	if got := must[wire.Bot](b, b.admin, http.MethodPut, of, map[string]string{"username": "elevator", "description": "up"}); got.Username != "elevator" || got.Description != "up" || got.DisplayName != "The lift" {
		t.Errorf("changed, it is %+v", got)
	}
	for path, body := range map[string]map[string]string{of: {"username": "ada"}, of + "?": {"username": "No"}, of + "?x": {"description": strings.Repeat("x", 1025)}, of + "?y": {"display_name": strings.Repeat("x", 65)}} {
		if name := body["username"]; name == "No" {
			body["username"] = "no names"
		}
		if got := b.call(b.admin, http.MethodPut, path, body).status; got != http.StatusBadRequest {
			t.Errorf("%v answers %d", body, got)
		}
	}
	if got := b.call(b.admin, http.MethodPost, of+"/convert_to_user", map[string]string{}).status; got != http.StatusBadRequest {
		t.Errorf("without a password it becomes a person with %d", got)
	}
	u := must[wire.User](b, b.admin, http.MethodPost, of+"/convert_to_user?set_system_admin=true", map[string]string{"password": "the-lifts-password", "email": "lift@example.com"})
	if u.IsBot || u.Email != "lift@example.com" || u.Roles != "system_user system_admin" {
		t.Errorf("as a person it is %+v", u)
	}
	b.must(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": "elevator", "password": "the-lifts-password"})
	if got := b.call(b.admin, http.MethodGet, of, nil).status; got != http.StatusNotFound {
		t.Errorf("as a bot it answers %d", got)
	}
	if b.works(token) {
		t.Error("who had a token of the bot is the person that it became")
	}
	b.newBot(b.admin, "lift") // the name is free, as the address is
}

func TestABotIsNoAdminThatIsNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.newBot(b.admin, "lift")
	b.must(b.admin, http.MethodPut, "/users/"+bot.UserID.String()+"/roles", map[string]string{"roles": "system_user system_admin"})
	b.must(b.admin, http.MethodPost, "/bots/"+bot.UserID.String()+"/disable", nil)
	b.must(b.admin, http.MethodPut, "/users/"+bot.UserID.String()+"/roles", map[string]string{"roles": "system_user"})
}

func TestBotsAreForAdmins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.newBot(b.admin, "lift")
	of := "/bots/" + bot.UserID.String()
	for _, c := range []struct{ method, path string }{{http.MethodGet, "/bots"}, {http.MethodPost, "/bots"}, {http.MethodGet, of}, {http.MethodPut, of},
		{http.MethodPost, of + "/disable"}, {http.MethodPost, of + "/enable"}, {http.MethodPost, of + "/assign/" + b.member.id.String()}, {http.MethodPost, of + "/convert_to_user"}} {
		if got := b.call(b.member, c.method, c.path, map[string]string{"username": "mine"}).status; got != http.StatusForbidden {
			t.Errorf("%s %s answers a member with %d", c.method, c.path, got)
		}
	}
	for name, body := range map[string]wire.Bot{"taken": {Username: "ada"}, "no name": {}, "too long": {Username: "x", Description: strings.Repeat("x", 1025)}} {
		if got := b.call(b.admin, http.MethodPost, "/bots", body).status; got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := b.call(b.admin, http.MethodGet, "/bots/"+b.member.id.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("a person as a bot answers %d", got)
	}
}
