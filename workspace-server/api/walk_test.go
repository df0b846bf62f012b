package api_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// line is a route of the protocol.
type line struct{ method, path string }

// tiered is a line and how soon it is needed.
type tiered struct {
	line
	tier string
}

func protocolLines(t *testing.T) []tiered {
	t.Helper()
	text, err := os.ReadFile("protocol.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []tiered
	for l := range strings.Lines(string(text)) {
		f := strings.Fields(l)
		out = append(out, tiered{line{f[1], f[2]}, f[0]})
	}
	return out
}

// filled puts something in the place of every parameter.
func filled(path string, values map[string]string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if !strings.HasPrefix(p, "{") {
			continue
		}
		name := strings.Trim(p, "{}")
		if v, ok := values[name]; ok {
			parts[i] = v
		} else if strings.HasSuffix(strings.ToLower(name), "id") {
			parts[i] = id.New().String()
		} else {
			parts[i] = "x1"
		}
	}
	return strings.Join(parts, "/")
}

// open routes are for anybody; every other needs a session.
var open = map[line]bool{
	{http.MethodGet, "/system/ping"}:              true,
	{http.MethodGet, "/config/client"}:            true,
	{http.MethodGet, "/license/client"}:           true,
	{http.MethodGet, "/plugins/webapp"}:           true,
	{http.MethodPost, "/users/login"}:             true,
	{http.MethodPost, "/users/login/type"}:        true,
	{http.MethodPost, "/users/logout"}:            true,
	{http.MethodPost, "/actions/dialogs/open"}:    true,
	{http.MethodPost, "/users"}:                   true,
	{http.MethodGet, "/teams/invite/{invite_id}"}: true,

	{http.MethodPost, "/users/password/reset/send"}:     true,
	{http.MethodPost, "/users/password/reset"}:          true,
	{http.MethodPost, "/users/email/verify/send"}:       true,
	{http.MethodPost, "/users/email/verify"}:            true,
	{http.MethodGet, "/system/ping"}:                    true,
	{http.MethodGet, "/config/client"}:                  true,
	{http.MethodGet, "/license/client"}:                 true,
	{http.MethodGet, "/plugins/webapp"}:                 true,
	{http.MethodPost, "/users/login"}:                   true,
	{http.MethodPost, "/users/login/type"}:              true,
	{http.MethodPost, "/users/logout"}:                  true,
	{http.MethodPost, "/oauth/apps/register"}:           true,
	{http.MethodPost, "/users/login/switch"}:            true,
	{http.MethodPost, "/users/login/desktop_token"}:     true,
	{http.MethodPost, "/users/login/one_time_link"}:     true,
	{http.MethodPost, "/users/login/sso/code-exchange"}: true,
	{http.MethodPost, "/users/login/cws"}:               true,
	{http.MethodPost, "/users"}:                         true,
	{http.MethodGet, "/teams/invite/{invite_id}"}:       true,
}

func TestNobodyGetsPastRoutesThatNeedASession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, r := range b.api.Routes() {
		l := line{r.Method, r.Path}
		got := b.call(person{}, r.Method, filled(r.Path, nil), []byte("{}")).status
		if !open[l] && got != http.StatusUnauthorized {
			t.Errorf("%s %s answers nobody with %d", r.Method, r.Path, got)
		}
		if open[l] && got == http.StatusUnauthorized && r.Path != "/users/login" {
			t.Errorf("%s %s is open and refuses nobody", r.Method, r.Path)
		}
	}
}

// Somebody who is in no team reaches nothing inside one, and nobody reaches what is another user's own.
func TestOutsidersReachNothingOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.admin, b.private.ID, "between us")
	values := map[string]string{"team_id": b.team.ID.String(), "team_name": b.team.Name, "channel_id": b.private.ID.String(), "channel_name": b.private.Name,
		"post_id": post.ID.String(), "user_id": b.admin.id.String(), "emoji_name": "smile"}
	visible := map[line]bool{ // profiles are for everyone in the workspace
		{http.MethodGet, "/users/{user_id}"}:                           true,
		{http.MethodGet, "/users/{user_id}/image"}:                     true,
		{http.MethodGet, "/users/{user_id}/image/default"}:             true,
		{http.MethodGet, "/users/{user_id}/status"}:                    true,
		{http.MethodGet, "/users/{user_id}/custom_profile_attributes"}: true,
		{http.MethodGet, "/system/notices/{team_id}"}:                  true, // always empty
		{http.MethodGet, "/teams/name/{team_name}/exists"}:             true, // says only that the name is taken
	}
	for _, r := range b.api.Routes() {
		inside := strings.Contains(r.Path, "{team_") || strings.Contains(r.Path, "{channel_id}") || strings.Contains(r.Path, "{post_id}") || strings.Contains(r.Path, "{user_id}")
		if !inside || visible[line{r.Method, r.Path}] {
			continue
		}
		body := map[string]string{"team_id": b.team.ID.String(), "user_id": b.outside.id.String(), "channel_id": b.private.ID.String()}
		got := b.call(b.outside, r.Method, filled(r.Path, values), body)
		if got.status != http.StatusForbidden && got.status != http.StatusNotFound {
			t.Errorf("%s %s answers an outsider with %d %s", r.Method, r.Path, got.status, got.body)
		}
	}
	for name, body := range map[string]map[string]any{
		"/posts":     {"channel_id": b.private.ID, "message": "hello"},
		"/reactions": {"user_id": b.outside.id, "post_id": post.ID, "emoji_name": "smile"},
		"/channels":  {"team_id": b.team.ID, "name": "mine", "display_name": "Mine", "type": "O"},
	} {
		if got := b.call(b.outside, http.MethodPost, name, body).status; got != http.StatusForbidden {
			t.Errorf("POST %s lets an outsider in with %d", name, got)
		}
	}
}

// A member of the team who is not in the private channel can't tell what is said there.
func TestMembersCantReadAPrivateChannelThatTheyAreNotIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.admin, b.private.ID, "between us").ID.String()
	for _, path := range []string{b.in(b.private), b.in(b.private) + "/posts", b.in(b.private) + "/members", "/posts/" + post, "/posts/" + post + "/thread",
		"/users?in_channel=" + b.private.ID.String()} {
		if got := b.call(b.member, http.MethodGet, path, nil).status; got != http.StatusForbidden {
			t.Errorf("GET %s answers %d", path, got)
		}
	}
	if got := b.call(b.member, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/secret", nil).status; got != http.StatusNotFound {
		t.Errorf("the channel's name answers %d", got)
	}
	if got := must[[]any](b, b.member, http.MethodPost, "/posts/ids", []string{post}); len(got) != 0 {
		t.Errorf("posts by id gave %v", got)
	}
	if got := b.call(b.member, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": b.member.id}).status; got != http.StatusForbidden {
		t.Errorf("joining answers %d", got)
	}
}

// Every route of the protocol answers with JSON, and what is not served yet with 501.
func TestEveryRouteOfTheProtocolAnswersInJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	served := map[string]bool{}
	for _, r := range b.api.Routes() {
		served[r.Method+" "+parameterless(r.Path)] = true
	}
	var implemented, absent int
	for _, l := range protocolLines(t) {
		if l.path == "/websocket" || l.path == "/users/logout" {
			continue
		}
		got := b.call(b.member, l.method, filled(l.path, map[string]string{"user_id": "me"}), []byte("{}"))
		kind := got.header.Get("Content-Type")
		if !strings.HasPrefix(kind, "application/json") && kind != "image/png" {
			t.Errorf("%s %s answers %s", l.method, l.path, kind)
		}
		if got.status >= 400 && (got.error().ID == "" || got.error().Message == "" || got.error().RequestID == "" || got.error().StatusCode != got.status) {
			t.Errorf("%s %s answers %d with %s", l.method, l.path, got.status, got.body)
		}
		if served[l.method+" "+parameterless(l.path)] {
			implemented++
			never := got.status == http.StatusNotImplemented && got.error().ID != "api.context.not_implemented.app_error"
			if got.status >= 500 && l.path != "/files" && !never {
				t.Errorf("%s %s answers %d %s", l.method, l.path, got.status, got.body)
			}
			continue
		}
		absent++
		if got.status != http.StatusNotImplemented {
			t.Errorf("%s %s is not served and answers %d", l.method, l.path, got.status)
		}
	}
	t.Logf("%d routes of the protocol served, %d answer 501", implemented, absent)
	if got := b.call(b.member, http.MethodGet, "/no/such/route", nil); got.status != http.StatusNotFound || got.error().ID != "api.context.404.app_error" {
		t.Errorf("an unknown route answers %d %s", got.status, got.body)
	}
}

func TestEveryServedRouteIsPartOfTheProtocol(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := map[string]bool{}
	for _, l := range protocolLines(t) {
		known[l.method+" "+parameterless(l.path)] = true
	}
	for _, r := range b.api.Routes() {
		if !known[r.Method+" "+parameterless(r.Path)] {
			t.Errorf("%s %s is no route of the protocol", r.Method, r.Path)
		}
	}
}

func parameterless(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}
