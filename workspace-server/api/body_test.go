package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// levels is an object that nests n levels.
func levels(n int) string {
	return `{"x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
}

// Readers give up on a whole list when one thing in it is deep, and a database makes numbers and halves of surrogates something else.
func TestNoPostSpoilsItsChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.say(b.member, b.public.ID, "here").ID
	for why, fields := range map[string]string{
		"props of 9998 levels":             `"message":"a","props":` + levels(9_998),
		"props that make the body deep":    `"message":"a","props":` + levels(32),
		"deep where nobody looks":          `"message":"a","later":` + levels(32),
		"a message twice":                  `"message":"a","message":"b"`,
		"a message twice, escaped":         `"message":"a","\u006dessage":"b"`,
		"a member of the props twice":      `"message":"a","props":{"a":1,"a":2}`,
		"a message that is no UTF-8":       "\"message\":\"a\xff\"",
		"props that are no UTF-8":          "\"message\":\"a\",\"props\":{\"a\":\"\xc3\"}",
		"NUL in a message":                 `"message":"a\u0000b"`,
		"NUL in the props":                 `"message":"a","props":{"a":"\u0000"}`,
		"NUL as a name":                    `"message":"a","props":{"\u0000":1}`,
		"half a surrogate in the props":    `"message":"a","props":{"a":"\ud800"}`,
		"a number that no client can read": `"message":"a","props":{"a":1e999}`,
		"numbers that grow":                `"message":"a","props":{"a":[1` + strings.Repeat(",1e300", 1000) + `]}`,
		"something behind":                 `"message":"a"},{"x":1`,
	} {
		body := []byte(`{"channel_id":"` + b.public.ID.String() + `","id":"` + first.String() + `",` + fields + `}`)
		for _, way := range [][2]string{{http.MethodPost, "/posts"}, {http.MethodPut, "/posts/" + first.String()}, {http.MethodPut, "/posts/" + first.String() + "/patch"}} {
			if got := b.call(b.member, way[0], way[1], body); got.status != 400 || got.error().ID != "api.context.invalid_body_param.app_error" || len(got.error().Message) < 30 {
				t.Errorf("%s: %s %s: %d %s", why, way[0], way[1], got.status, got.body)
			}
		}
	}
	deep := must[wire.Post](b, b.member, http.MethodPost, "/posts", []byte(`{"channel_id":"`+b.public.ID.String()+`","message":"a","props":`+levels(31)+`}`)).ID
	list := must[wire.PostList](b, b.admin, http.MethodGet, "/channels/"+b.public.ID.String()+"/posts", nil)
	var props any
	if err := json.Unmarshal(list.Posts[deep].Props, &props); err != nil {
		t.Error(err)
	}
	people := slices.DeleteFunc(list.Order, func(post id.ID) bool { return list.Posts[post].Type != "" })
	if !slices.Equal(people, []id.ID{deep, first}) || list.Posts[first].Message != "here" || string(list.Posts[first].Props) != "{}" {
		t.Errorf("the channel has %v: %+v", people, list.Posts[first])
	}
}

func TestHeadersSayOneThing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ask := func(method string, header http.Header) answer {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v4/users/me", nil)
		r.Header = header
		w := httptest.NewRecorder()
		b.api.Handler().ServeHTTP(w, r)
		return answer{w.Code, w.Header(), w.Body.Bytes()}
	}
	member, admin := "Bearer "+b.member.token, "Bearer "+b.admin.token
	for why, c := range map[string]struct {
		header http.Header
		status int
	}{
		"once":                     {http.Header{"Authorization": {member}}, 200},
		"in other capitals":        {http.Header{"Authorization": {"BEARER " + b.member.token}}, 200},
		"two callers":              {http.Header{"Authorization": {member, admin}}, 401},
		"the same twice":           {http.Header{"Authorization": {member, member}}, 401},
		"two in one":               {http.Header{"Authorization": {member + ", " + admin}}, 401},
		"another method":           {http.Header{"Authorization": {member}, "X-Http-Method-Override": {"DELETE"}, "X-Method-Override": {"DELETE"}}, 200},
		"another address":          {http.Header{"Authorization": {member}, "X-Original-Url": {"/api/v4/roles"}, "X-Rewrite-Url": {"/api/v4/roles"}}, 200},
		"who it is, by themselves": {http.Header{"X-User-Id": {b.admin.id.String()}, "X-Forwarded-User": {"ada"}}, 401},
	} {
		got := ask(http.MethodGet, c.header)
		var u wire.User
		if _ = json.Unmarshal(got.body, &u); got.status != c.status || c.status == 200 && u.ID != b.member.id {
			t.Errorf("%s: %d %s, want %d", why, got.status, got.body, c.status)
		}
	}
}

// Clients hold ids of posts that are gone meanwhile.
func TestAPageGoesOnFromAPostThatIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old, gone, fresh := b.say(b.member, b.public.ID, "old").ID, b.say(b.member, b.public.ID, "gone").ID, b.say(b.member, b.public.ID, "fresh").ID
	b.must(b.member, http.MethodDelete, "/posts/"+gone.String(), nil)
	for query, want := range map[string]id.ID{"before": old, "after": fresh} {
		if list := must[wire.PostList](b, b.member, http.MethodGet, b.in(b.public)+"/posts?per_page=1&"+query+"="+gone.String(), nil); !slices.Equal(list.Order, []id.ID{want}) {
			t.Errorf("%s what is gone are %v, want %s", query, list.Order, want)
		}
	}
}
