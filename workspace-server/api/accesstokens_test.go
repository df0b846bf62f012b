package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) newToken(as, of person) wire.UserAccessToken {
	b.t.Helper()
	return must[wire.UserAccessToken](b, as, http.MethodPost, "/users/"+of.id.String()+"/tokens", map[string]string{"description": "the lift"})
}

// works reports whether a token opens a session of its user.
func (b *bundle) works(token wire.UserAccessToken) bool {
	b.t.Helper()
	got := b.call(person{token: token.Token}, http.MethodGet, "/users/me", nil)
	if got.status == http.StatusOK && !strings.Contains(string(got.body), token.UserID.String()) {
		b.t.Errorf("the token of %s opened %s", token.UserID, got.body)
	}
	return got.status == http.StatusOK
}

func TestAnAccessTokenWorksUntilItIsTurnedOffOrRevoked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.newToken(b.admin, b.member)
	if len(token.Token) != id.Length || token.UserID != b.member.id || token.Description != "the lift" || !token.IsActive {
		t.Fatalf("made %+v", token)
	}
	named := map[string]id.ID{"token_id": token.ID}
	for _, c := range []struct {
		verb  string
		works bool
	}{{"", true}, {"disable", false}, {"enable", true}, {"revoke", false}} {
		if c.verb != "" {
			b.must(b.admin, http.MethodPost, "/users/tokens/"+c.verb, named)
		}
		if got := b.works(token); got != c.works {
			t.Errorf("after %q the token works: %t", c.verb, got)
		}
	}
	if got := b.call(b.admin, http.MethodPost, "/users/tokens/enable", named).status; got != http.StatusNotFound {
		t.Errorf("a revoked token is enabled with %d", got)
	}
}

func TestAnAccessTokenOutlivesSessionsButNotItsUser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.newToken(b.admin, b.member)
	b.works(token)
	b.must(b.admin, http.MethodPost, "/users/"+b.member.id.String()+"/sessions/revoke/all", nil)
	if !b.works(token) {
		t.Error("with the sessions of its user the token ended")
	}
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(365 * 24 * time.Hour) }
	if !b.works(token) {
		t.Error("after a year the token has ended")
	}
	b.api.Sessions.Now = time.Now
	b.must(person{token: token.Token}, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	if got := must[[]wire.Session](b, person{token: token.Token}, http.MethodGet, "/users/me/sessions", nil); len(got) != 1 || got[0].Props["user_access_token_id"] != token.ID.String() ||
		got[0].ExpiresAt < time.Now().Add(50*365*24*time.Hour).UnixMilli() {
		t.Errorf("its sessions are %+v", got)
	}
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	if b.works(token) {
		t.Error("the token of a deactivated user works")
	}
	if got := b.call(b.admin, http.MethodPost, "/users/"+b.member.id.String()+"/tokens", map[string]string{"description": "x"}).status; got != http.StatusBadRequest {
		t.Errorf("a token of a deactivated user is made with %d", got)
	}
}

func TestAccessTokensAreForThoseWhoMayHaveThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := "/users/me/tokens"
	if got := b.call(b.member, http.MethodPost, mine, map[string]string{"description": "x"}).status; got != http.StatusForbidden {
		t.Errorf("a user without the role makes one with %d", got)
	}
	b.must(b.admin, http.MethodPut, "/users/"+b.member.id.String()+"/roles", map[string]string{"roles": roles.SystemUser + " " + roles.SystemTokens})
	own, others := b.newToken(b.member, b.member), b.newToken(b.admin, b.admin)
	if got := must[[]wire.UserAccessToken](b, b.member, http.MethodGet, mine, nil); len(got) != 1 || got[0].ID != own.ID || got[0].Token != "" {
		t.Errorf("the member's own are %+v", got)
	}
	if got := must[wire.UserAccessToken](b, b.member, http.MethodGet, "/users/tokens/"+own.ID.String(), nil); got.ID != own.ID || got.Token != "" {
		t.Errorf("one is %+v", got)
	}
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/users/" + b.admin.id.String() + "/tokens"}, {http.MethodPost, "/users/" + b.admin.id.String() + "/tokens"},
		{http.MethodGet, "/users/tokens/" + others.ID.String()}, {http.MethodPost, "/users/tokens/revoke"}, {http.MethodPost, "/users/tokens/disable"},
		{http.MethodPost, "/users/tokens/enable"}, {http.MethodGet, "/users/tokens"}, {http.MethodPost, "/users/tokens/search"},
	} {
		body := map[string]string{"token_id": others.ID.String(), "description": "x", "term": "a"}
		if got := b.call(b.member, c.method, c.path, body).status; got != http.StatusForbidden {
			t.Errorf("%s %s answers the member with %d", c.method, c.path, got)
		}
	}
	if got := must[[]wire.UserAccessToken](b, b.admin, http.MethodGet, "/users/tokens", nil); len(got) != 2 {
		t.Errorf("all are %+v", got)
	}
	for _, term := range []string{"be", own.ID.String(), b.member.id.String()} {
		if got := must[[]wire.UserAccessToken](b, b.admin, http.MethodPost, "/users/tokens/search", map[string]string{"term": term}); len(got) != 1 || got[0].ID != own.ID {
			t.Errorf("%s finds %+v", term, got)
		}
	}
	for path, body := range map[string]map[string]string{mine: {"description": ""}, mine + "?": {"description": strings.Repeat("x", 256)}, "/users/tokens/revoke": {},
		"/users/tokens/search": {"term": " "}, "/users/tokens/disable": {"token_id": "x"}} {
		if got := b.call(b.admin, http.MethodPost, path, body).status; got != http.StatusBadRequest {
			t.Errorf("%s with %v answers %d", path, body, got)
		}
	}
	b.must(b.member, http.MethodPost, "/users/tokens/revoke", map[string]id.ID{"token_id": own.ID})
	if b.works(own) {
		t.Error("a token that its user revoked works")
	}
}

func TestAUserHasOnlySoManyAccessTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 100 {
		b.newToken(b.admin, b.admin)
	}
	if got := b.call(b.admin, http.MethodPost, "/users/me/tokens", map[string]string{"description": "one more"}); got.status != http.StatusBadRequest || got.error().ID != "app.user_access_token.save.app_error" {
		t.Errorf("one more answers %d %s", got.status, got.body)
	}
}
