package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// FuzzProtocol: whatever a member or an admin asks of the server, it answers for itself: never with a failure of ours, refusals in the
// protocol's form, without the caller's token, and nothing that it takes makes the channel unreadable.
func FuzzProtocol(f *testing.F) {
	b := setup(f)
	post := b.say(b.member, b.public.ID, "here @ada #timber").ID.String()
	names := strings.NewReplacer("{user_id}", b.member.id.String(), "{team_id}", b.team.ID.String(), "{channel_id}", b.public.ID.String(), "{post_id}", post, "{root_id}", post, "{admin_id}", b.admin.id.String(),
		"{team_name}", "builders", "{channel_name}", "timber", "{username}", "ben", "{email}", "ben@example.com", "{emoji_name}", "smile", "{category}", "c", "{preference_name}", "n", "{role_name}", "system_user", "{group_id}", b.group("masons", b.member).ID.String())
	for _, r := range b.api.Routes() { // with the names of parameters: each process of the fuzzer has a database of its own
		f.Add(r.Method, api.Prefix+r.Path, "X-Requested-With: XMLHttpRequest", `{"user_id":"{user_id}","channel_id":"{channel_id}","post_id":"{post_id}","emoji_name":"smile","message":"hi","name":"x","display_name":"X","type":"O","source":"custom","allow_reference":true,"user_ids":["{user_id}"],"props":{"a":[1]}}`, r.Method != http.MethodDelete)
		f.Add(r.Method, api.Prefix+r.Path+"?page=1&per_page=2&since=1&before={post_id}&term=a", "Cookie: MMAUTHTOKEN=x", `["{user_id}"]`, false)
	}
	for _, target := range []string{"/", "//", "/longhouse/sign-in?t=x", api.Prefix + "/websocket?connection_id=%00&sequence_number=1", "/longhouse/front/..%2f", api.Prefix + "/users/%ff", api.Prefix + "/teams/name/a%00b", api.Prefix + "/users?role=%00"} {
		f.Add(http.MethodGet, target, "Upgrade: websocket", "", false)
	}
	f.Add(http.MethodPost, "/oauth/authorize?response_type=code&client_id={user_id}&redirect_uri=https%3A%2F%2Flift.example.com", "Content-Type: application/x-www-form-urlencoded", "answer=allow&csrf=x&login_id=ben&password=x&once=x", false)
	f.Add(http.MethodPost, "/oauth/access_token", "Content-Type: application/x-www-form-urlencoded", "grant_type=authorization_code&client_id={user_id}&client_secret=x&code=x", true)
	f.Add(http.MethodPost, "/oauth/authorize", "X: x", `{"response_type":"code","client_id":"{user_id}","redirect_uri":"https://lift.example.com"}`, true)
	f.Add("GET http://other.example/ HTTP/1.1\r\nX", "/", "Transfer-Encoding: chunked", "0\r\n\r\n", false)
	handler := b.api.Handler()
	f.Fuzz(func(t *testing.T, method, target, header, body string, asAdmin bool) {
		as := b.member
		if asAdmin {
			as = b.admin
		}
		as = b.alive(t, as, asAdmin)
		target, body = names.Replace(target), names.Replace(body)
		raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: team.test\r\nAuthorization: Bearer %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s", method, target, as.token, header, len(body), body)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r.RemoteAddr = "192.0.2.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(ctx))
		if w.Code >= 500 && w.Code != http.StatusNotImplemented || w.Header().Get("X-Content-Type-Options") != "nosniff" && w.Code < 300 || strings.Contains(w.Body.String(), as.token) {
			t.Errorf("%q answers %d %v %s", raw, w.Code, w.Header(), w.Body)
		}
		if refused := (answer{w.Code, w.Header(), w.Body.Bytes()}); w.Code >= 400 && strings.HasPrefix(r.URL.Path, api.Prefix+"/") && r.Method != http.MethodHead {
			if e := refused.error(); e.ID == "" || e.Message == "" || e.RequestID == "" || e.StatusCode != w.Code || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%q answers %d %v %s", raw, w.Code, w.Header(), w.Body)
			}
		}
		if w.Code < 300 && r.Method != http.MethodGet {
			b.readable(t, handler)
		}
	})
}

// alive signs somebody in again whose session or account an earlier request has ended.
func (b *bundle) alive(t *testing.T, as person, admin bool) person {
	t.Helper()
	_, user, err := b.api.Sessions.Find(t.Context(), as.token)
	want := roles.SystemUser
	if admin {
		want += " " + roles.SystemAdmin
	}
	if err == nil && user.Roles == want {
		return as
	}
	if _, err := b.api.Users.SetActive(t.Context(), as.id, true); err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, *dbsql.Queries) error { return nil }
	if _, err := b.api.Users.SetGuest(t.Context(), as.id, false, nothing); err != nil && !fault.Is(err, "api.user.promote_guest_to_user.no_guest.app_error") {
		t.Fatal(err)
	}
	if err := b.api.Users.SetRoles(t.Context(), as.id, want); err != nil {
		t.Fatal(err)
	}
	o, err := b.api.Sessions.Open(t.Context(), as.id, sessions.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	as.token = o.Token
	if admin {
		b.admin = as
	} else {
		b.member = as
	}
	return as
}

// readable reads the channel as clients do.
func (b *bundle) readable(t *testing.T, handler http.Handler) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, api.Prefix+"/channels/"+b.public.ID.String()+"/posts", nil)
	r.Header.Set("Authorization", "Bearer "+b.admin.token)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	var list struct {
		Posts map[string]struct{ Props map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &list); w.Code >= 500 || w.Code == http.StatusOK && err != nil {
		t.Errorf("the channel answers %d %v: %s", w.Code, err, w.Body)
	}
}
