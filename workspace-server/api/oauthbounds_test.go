package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAnAppHasOnlySoManyTokensOfAUser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	first, second := b.let(app, b.member), b.let(app, b.member)
	for range 19 {
		b.let(app, b.member)
	}
	if b.opens(first.AccessToken) || !b.opens(second.AccessToken) {
		t.Error("the twenty-first does not end the first alone")
	}
	for range 50 {
		b.code(b.member, wish(app))
	}
	if got := b.letIn(b.member, wish(app)); got.status != http.StatusTooManyRequests {
		t.Errorf("a 51st code that waits: %d %s", got.status, got.body)
	}
}

func TestAnAppDoesNotLetOthersInNorOutlastItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app, other := b.lift(), b.lift()
	as := person{id: b.admin.id, token: b.let(app, b.admin).AccessToken}
	for _, c := range []struct {
		method, path string
		body         any
	}{{http.MethodPost, "/users/me/tokens", map[string]string{"description": "x"}}, {http.MethodPut, "/users/me/password", map[string]string{"new_password": "next-password"}}, {http.MethodGet, "/oauth/apps", nil},
		{http.MethodPost, "/oauth/apps", liftApp()}, {http.MethodGet, "/oauth/apps/" + other.ID.String(), nil}, {http.MethodPost, "/oauth/apps/" + other.ID.String() + "/regen_secret", nil},
		{http.MethodPut, "/users/me/patch", map[string]string{"email": "thief@example.com"}}, {http.MethodPut, "/users/" + b.newUser("sam").id.String() + "/patch", map[string]string{"email": "ſam@example.com"}},
		{http.MethodPut, "/users/" + b.member.id.String() + "/roles", map[string]string{"roles": "system_user system_admin"}}, {http.MethodPut, "/config/patch", map[string]any{}}, {http.MethodPut, "/config", map[string]any{}},
		{http.MethodPost, "/bots/" + b.newBot(b.admin, "robot").UserID.String() + "/convert_to_user?set_system_admin=true", map[string]string{"password": "next-password"}}} {
		if got := b.call(as, c.method, c.path, c.body); got.status != http.StatusForbidden {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
	b.must(as, http.MethodPut, "/users/me/patch", map[string]string{"email": "ada@example.com", "nickname": "Ada"})
	if got := b.letIn(as, wish(other)); got.status != http.StatusForbidden {
		t.Errorf("it lets another in: %d %s", got.status, got.body)
	}
	b.newApp(func(a *wire.OAuthAppRequest) { a.IsTrusted = true })
	if got := b.rootBy(stay(nil), as, http.MethodGet, "/oauth/authorize?"+wish(other).Encode(), "", ""); got.status != http.StatusForbidden || got.header.Get("Location") != "" {
		t.Errorf("it is asked about another: %d %v", got.status, got.header)
	}
}

func TestGuessesAreFew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	code := b.code(b.member, wish(app))
	now := time.Now()
	b.api.OAuth.Now = func() time.Time { return now }
	refused := false
	for range 70 {
		refused = refused || b.exchange(app, code, "client_secret", strings.Repeat("y", 26)).status == http.StatusTooManyRequests
	}
	if got := b.exchange(app, code); !refused || got.status != http.StatusTooManyRequests {
		t.Errorf("after 70 wrong secrets: %d %s", got.status, got.body)
	}
	b.api.OAuth.Now = func() time.Time { return now.Add(2 * time.Minute) }
	b.granted(b.exchange(app, code))
}

func TestAppsThatNobodyLetInAreForgottenWhereTheyRegisteredThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide("ServiceSettings.EnableDynamicClientRegistration", true)
	register := func() (out wire.OAuthApp) {
		made := must[wire.ClientRegistrationResponse](b, person{}, http.MethodPost, "/oauth/apps/register", map[string]any{"redirect_uris": []string{lift}})
		return must[wire.OAuthApp](b, b.admin, http.MethodGet, "/oauth/apps/"+made.ClientID, nil)
	}
	stray, used, made := register(), register(), b.lift()
	b.code(b.member, wish(used))
	b.api.OAuth.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
	if err := b.api.OAuth.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	for app, want := range map[*wire.OAuthApp]int{&stray: http.StatusNotFound, &used: http.StatusOK, &made: http.StatusOK} {
		if got := b.call(b.admin, http.MethodGet, "/oauth/apps/"+app.ID.String(), nil).status; got != want {
			t.Errorf("%+v: %d, want %d", app, got, want)
		}
	}
}

func TestAnAppThatRenewsAllTheTimeLeavesLittleBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	token := b.let(app, b.member)
	var used []string
	for range 60 {
		used = append(used, token.RefreshToken)
		token = b.granted(b.refresh(app, token.RefreshToken))
	}
	var kept int
	if err := b.db().QueryRow(t.Context(), "select count(*) from oauth_refresh_tokens").Scan(&kept); err != nil || kept != 51 {
		t.Errorf("%d refresh tokens are kept (%v)", kept, err)
	}
	if b.refresh(app, used[0]).status == http.StatusOK || !b.opens(token.AccessToken) {
		t.Error("the first is good, or ends what came of it long ago")
	}
	if b.refresh(app, used[20]).status == http.StatusOK || b.opens(token.AccessToken) {
		t.Error("a later one is good, or ends nothing")
	}
}

// Each try names another app, and what can't be one could be as long as a form.
func TestGuessesOfWhoNamesNoAppAreFew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now()
	b.api.OAuth.Now = func() time.Time { return now }
	refused := false
	for i := range 70 {
		refused = refused || b.tokens(wire.OAuthApp{}, "grant_type", "authorization_code", "code", "x", "client_id", strings.Repeat("x", 27+i)).status == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("70 names of no app are taken")
	}
	app := b.lift()
	b.granted(b.exchange(app, b.code(b.member, wish(app)))) // in whose name nobody has failed
}
