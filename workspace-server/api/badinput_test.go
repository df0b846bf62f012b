package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func TestBadInputIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	channel, team := b.public.ID.String(), b.team.ID.String()
	post := b.say(b.member, b.public.ID, "here").ID.String()
	message := func(fields string) []byte { return []byte(`{"channel_id":"` + channel + `",` + fields + `}`) }
	user := func(name, email, password string) []byte {
		return []byte(`{"username":"` + name + `","email":"` + email + `","password":"` + password + `"}`)
	}
	if err := b.api.Users.ResetPassword(t.Context(), b.member.id, "bens-password"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why, method, path string
		body              []byte
		status            int
	}{
		{"no JSON", http.MethodPost, "/posts", []byte("<post/>"), 400},
		{"empty body", http.MethodPost, "/posts", nil, 400},
		{"wrong type", http.MethodPost, "/posts", message(`"message":7`), 400},
		{"list for an object", http.MethodPost, "/posts", []byte("[]"), 400},
		{"oversized", http.MethodPost, "/posts", bytes.Repeat([]byte("x"), 1<<20), 413},
		{"message too long", http.MethodPost, "/posts", message(`"message":"` + strings.Repeat("ä", 16_384) + `"`), 400},
		{"no message", http.MethodPost, "/posts", message(`"message":" \n"`), 400},
		{"NUL", http.MethodPost, "/posts", message(`"message":"a\u0000b"`), 400},
		{"NUL in props", http.MethodPost, "/posts", message(`"message":"a","props":{"a":"\u0000"}`), 400},
		{"props a list", http.MethodPost, "/posts", message(`"message":"a","props":[]`), 400},
		{"unknown root", http.MethodPost, "/posts", message(`"message":"a","root_id":"` + id.New().String() + `"`), 400},
		{"malformed root", http.MethodPost, "/posts", message(`"message":"a","root_id":"../../etc/passwd"`), 400},
		{"somebody's file", http.MethodPost, "/posts", message(`"message":"a","file_ids":["` + id.New().String() + `"]`), 400},
		{"a system type", http.MethodPost, "/posts", message(`"message":"a","type":"system_join_channel"`), 400},
		{"pending id too long", http.MethodPost, "/posts", message(`"message":"a","pending_post_id":"` + strings.Repeat("x", 65) + `"`), 400},
		{"unknown channel", http.MethodPost, "/posts", []byte(`{"channel_id":"` + id.New().String() + `","message":"a"}`), 404},
		{"short id", http.MethodGet, "/posts/abc", nil, 400},
		{"an id that can't exist", http.MethodGet, "/posts/" + strings.Repeat("z", 26), nil, 404},
		{"unknown id", http.MethodGet, "/posts/" + id.New().String(), nil, 404},
		{"negative page", http.MethodGet, "/channels/" + channel + "/posts?page=-1", nil, 400},
		{"huge page", http.MethodGet, "/channels/" + channel + "/posts?page=99999999&per_page=200", nil, 400},
		{"page no number", http.MethodGet, "/users?page=one", nil, 400},
		{"before no id", http.MethodGet, "/channels/" + channel + "/posts?before=x", nil, 400},
		{"before of another channel", http.MethodGet, "/channels/" + channel + "/posts?before=" + id.New().String(), nil, 404},
		{"long address", http.MethodGet, "/users?x=" + strings.Repeat("y", 3000), nil, 414},
		{"bad emoji", http.MethodPost, "/reactions", []byte(`{"user_id":"` + b.member.id.String() + `","post_id":"` + post + `","emoji_name":"<b>"}`), 400},
		{"another's reaction", http.MethodPost, "/reactions", []byte(`{"user_id":"` + b.admin.id.String() + `","post_id":"` + post + `","emoji_name":"x"}`), 403},
		{"channel name", http.MethodPost, "/channels", []byte(`{"team_id":"` + team + `","name":"No Good","display_name":"x","type":"O"}`), 400},
		{"channel name like a direct one", http.MethodPost, "/channels", []byte(`{"team_id":"` + team + `","name":"a__b","display_name":"x","type":"O"}`), 400},
		{"channel type", http.MethodPost, "/channels", []byte(`{"team_id":"` + team + `","name":"x","display_name":"x","type":"D"}`), 400},
		{"channel name taken", http.MethodPost, "/channels", []byte(`{"team_id":"` + team + `","name":"timber","display_name":"x","type":"O"}`), 400},
		{"team name reserved", http.MethodPost, "/teams", []byte(`{"name":"api","display_name":"x","type":"O"}`), 400},
		{"team name taken", http.MethodPost, "/teams", []byte(`{"name":"builders","display_name":"x","type":"O"}`), 400},
		{"leave town square", http.MethodDelete, "/channels/" + b.townSquare() + "/members/me", nil, 400},
		{"too many preferences", http.MethodPut, "/users/me/preferences", []byte("[" + strings.TrimSuffix(strings.Repeat(`{"user_id":"`+b.member.id.String()+`","category":"c","name":"n","value":"v"},`, 101), ",") + "]"), 400},
		{"another's preference", http.MethodPut, "/users/me/preferences", []byte(`[{"user_id":"` + b.admin.id.String() + `","category":"c","name":"n","value":"v"}]`), 403},
		{"status", http.MethodPut, "/users/me/status", []byte(`{"status":"asleep"}`), 400},
		{"closed sign-up", http.MethodPost, "/users", user("eve", "eve@example.com", "eves-password"), 403},
		{"bad invitation", http.MethodPost, "/users?iid=nonsense", user("eve", "eve@example.com", "eves-password"), 400},
		{"own roles", http.MethodPut, "/users/me/roles", []byte(`{"roles":"system_user system_admin"}`), 403},
		{"wrong current password", http.MethodPut, "/users/me/password", []byte(`{"current_password":"no","new_password":"new-password"}`), 400},
		{"email without password", http.MethodPut, "/users/me/patch", []byte(`{"email":"new@example.com"}`), 400},
		{"username", http.MethodPut, "/users/me/patch", []byte(`{"username":"All"}`), 400},
		{"plain request for the socket", http.MethodGet, "/websocket", nil, 400},
	} {
		got := b.call(b.member, c.method, c.path, c.body)
		if got.status != c.status || got.error().ID == "" || len(got.error().Message) < 10 {
			t.Errorf("%s: %d %s, want %d", c.why, got.status, got.body, c.status)
		}
	}
	for name, body := range map[string][]byte{"short password": user("eve", "eve@example.com", "short"), "long password": user("eve", "eve@example.com", strings.Repeat("p", 73)),
		"email": user("eve", "eve at example", "eves-password"), "taken email": user("eve", "BEN@example.com", "eves-password"),
		"taken name": user("Ben", "eve@example.com", "eves-password"), "name": user("../eve", "eve@example.com", "eves-password")} {
		if got := b.call(b.admin, http.MethodPost, "/users", body); got.status != 400 {
			t.Errorf("new user with a bad %s: %d %s", name, got.status, got.body)
		}
	}
}

func (b *bundle) townSquare() string {
	b.t.Helper()
	c := must[struct{ ID id.ID }](b, b.member, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/town-square", nil)
	return c.ID.String()
}
