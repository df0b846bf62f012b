package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const lift = "https://lift.example.com/back?from=chat"

func liftApp() wire.OAuthAppRequest {
	return wire.OAuthAppRequest{Name: "Lift", Description: "Goes up.", CallbackURLs: []string{"https://lift.example.com/other", lift}, Homepage: "https://lift.example.com"}
}

// newApp makes an app of the admin, changed from the lift's.
func (b *bundle) newApp(change func(*wire.OAuthAppRequest)) wire.OAuthApp {
	b.t.Helper()
	in := liftApp()
	change(&in)
	return must[wire.OAuthApp](b, b.admin, http.MethodPost, "/oauth/apps", in)
}

func (b *bundle) lift() wire.OAuthApp { return b.newApp(func(*wire.OAuthAppRequest) {}) }

func TestAnAppIsShownWithItsSecretToThoseWhoMayHaveApps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	if len(app.ClientSecret) != id.Length || app.CreatorID != b.admin.id || app.Name != "Lift" || len(app.CallbackURLs) != 2 || app.IsTrusted {
		t.Fatalf("made %+v", app)
	}
	path := "/oauth/apps/" + app.ID.String()
	if got := must[wire.OAuthApp](b, b.admin, http.MethodGet, path, nil); got.ClientSecret != app.ClientSecret {
		t.Errorf("it is shown as %+v", got)
	}
	if got := must[[]wire.OAuthApp](b, b.admin, http.MethodGet, "/oauth/apps", nil); len(got) != 1 || got[0].ClientSecret != app.ClientSecret {
		t.Errorf("all are %+v", got)
	}
	if got := must[wire.OAuthApp](b, b.member, http.MethodGet, path+"/info", nil); got.ClientSecret != "" || got.Name != "Lift" {
		t.Errorf("a member is told %+v", got)
	}
	var kept int
	if err := b.db().QueryRow(t.Context(), "select count(*) from oauth_apps a where a::text like '%' || $1 || '%'", app.ClientSecret).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("the table has the secret (%v)", err)
	}
	renewed := must[wire.OAuthApp](b, b.admin, http.MethodPost, path+"/regen_secret", nil)
	if renewed.ClientSecret == app.ClientSecret || len(renewed.ClientSecret) != id.Length {
		t.Errorf("renewed as %+v", renewed)
	}
	b.must(b.admin, http.MethodDelete, path, nil)
	if got := b.call(b.admin, http.MethodGet, path, nil); got.status != http.StatusNotFound || got.error().ID != "app.oauth.get_app.find.app_error" {
		t.Errorf("a deleted one: %d %s", got.status, got.body)
	}
}

func TestAnAppIsChangedInAllButItsSecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	path := "/oauth/apps/" + app.ID.String()
	next := app
	next.Name, next.CallbackURLs, next.IsTrusted, next.ClientSecret = "Hoist", []string{"http://127.0.0.1:4000/back"}, true, "mine"
	got := must[wire.OAuthApp](b, b.admin, http.MethodPut, path, next)
	if got.Name != "Hoist" || got.CallbackURLs[0] != "http://127.0.0.1:4000/back" || !got.IsTrusted || got.ClientSecret != app.ClientSecret || got.UpdateAt <= app.UpdateAt || got.CreatorID != app.CreatorID {
		t.Errorf("changed to %+v", got)
	}
	next.ID = b.team.ID
	if got := b.call(b.admin, http.MethodPut, path, next); got.status != http.StatusBadRequest {
		t.Errorf("by another id: %d", got.status)
	}
}

func TestAnAppIsWithinItsBounds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	long := "https://lift.example.com/"
	for name, change := range map[string]func(*wire.OAuthAppRequest){
		"name":        func(a *wire.OAuthAppRequest) { a.Name = strings.Repeat("x", 65) },
		"homepage":    func(a *wire.OAuthAppRequest) { a.Homepage = "" },
		"description": func(a *wire.OAuthAppRequest) { a.Description = strings.Repeat("ö", 513) },
		"icon_url":    func(a *wire.OAuthAppRequest) { a.IconURL = "javascript:alert(1)" },
	} {
		in := liftApp()
		change(&in)
		if got := b.call(b.admin, http.MethodPost, "/oauth/apps", in); got.status != http.StatusBadRequest || got.error().ID != "model.oauth.is_valid."+name+".app_error" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for _, urls := range [][]string{{}, {"javascript:alert(1)"}, {"app://back"}, {"https://"}, {"//lift.example.com"}, {"https://lift.example.com#x"}, {"https://me@lift.example.com"}, {"https://lift.example.com\\@evil.example"},
		{"https://lift.example.com/ x"}, {"https://a;sandbox/"}, {"https://a.example\n"}, {long + strings.Repeat("x", 257-len(long))}, {"https://x.example/", ""},
		{long + strings.Repeat("a", 200), long + strings.Repeat("b", 200), long + strings.Repeat("c", 200), long + strings.Repeat("d", 200), long + strings.Repeat("e", 200)}} {
		in := liftApp()
		in.CallbackURLs = urls
		if got := b.call(b.admin, http.MethodPost, "/oauth/apps", in); got.status != http.StatusBadRequest || got.error().ID != "model.oauth.is_valid.callback.app_error" {
			t.Errorf("%q: %d %s", urls, got.status, got.body)
		}
	}
	if _, err := b.db().Exec(t.Context(), `insert into oauth_apps select gen_random_uuid(), $1, 1, 1, null, 'x', '', '', '{}', '', false from generate_series(1, 1000)`, b.admin.id); err != nil {
		t.Fatal(err)
	}
	if got := b.call(b.admin, http.MethodPost, "/oauth/apps", liftApp()); got.status != http.StatusBadRequest || got.error().ID != "app.oauth.save_app.save.app_error" {
		t.Errorf("one too many: %d %s", got.status, got.body)
	}
}

func TestAWorkspaceMayLetNoAppsIn(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(s *config.Settings) { s.OAuth = config.OAuth{} })
	for _, c := range [][2]string{{http.MethodGet, "/oauth/apps"}, {http.MethodPost, "/oauth/apps"}, {http.MethodPost, "/oauth/apps/register"}, {http.MethodGet, "/oauth/apps/" + b.team.ID.String() + "/info"},
		{http.MethodGet, "/users/me/oauth/apps/authorized"}} {
		if got := b.call(b.admin, c[0], c[1], map[string]any{}); got.status != http.StatusNotImplemented || got.error().ID == "api.context.not_implemented.app_error" {
			t.Errorf("%v: %d %s", c, got.status, got.body)
		}
	}
	for _, c := range [][2]string{{http.MethodPost, "/oauth/authorize"}, {http.MethodPost, "/oauth/deauthorize"}, {http.MethodPost, "/oauth/access_token"}, {http.MethodGet, "/.well-known/oauth-authorization-server"},
		{http.MethodGet, "/oauth/authorize?client_id=x"}} {
		if got := b.root(b.admin, c[0], c[1], "application/json", "{}"); got.status != http.StatusNotImplemented {
			t.Errorf("%v: %d %s", c, got.status, got.body)
		}
	}
	if told := must[map[string]string](b, b.admin, http.MethodGet, "/config/client", nil); told["EnableOAuthServiceProvider"] != "false" {
		t.Error("clients are told that it does")
	}
}

func TestAppsAreOutOnceAWorkspaceLetsNoneIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	token := b.granted(b.exchange(app, b.code(b.member, wish(app)))).AccessToken
	socket := b.dial(person{token: token})
	b.mustDecide("ServiceSettings.EnableOAuthServiceProvider", false)
	_ = socket.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := socket.conn.ReadMessage(); err != nil {
			if strings.Contains(err.Error(), "timeout") {
				t.Error("the app's socket goes on")
			}
			break
		}
	}
	if got := b.call(person{token: token}, http.MethodGet, "/users/me", nil); got.status != http.StatusUnauthorized {
		t.Errorf("the app's token: %d", got.status)
	}
}

func TestAppsRegisterThemselvesWhereASettingAllowsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	register := func(in map[string]any) answer { return b.call(person{}, http.MethodPost, "/oauth/apps/register", in) }
	wish := map[string]any{"redirect_uris": []string{lift}, "client_name": "Lift", "token_endpoint_auth_method": "none"}
	if got := register(wish); got.status != http.StatusNotImplemented || !strings.Contains(string(got.body), `"error":"unsupported_operation"`) {
		t.Fatalf("without the setting: %d %s", got.status, got.body)
	}
	b.mustDecide("ServiceSettings.EnableDynamicClientRegistration", true)
	made := must[wire.ClientRegistrationResponse](b, person{}, http.MethodPost, "/oauth/apps/register", wish)
	if made.ClientSecret != nil || made.TokenEndpointAuthMethod != "none" || *made.ClientName != "Lift" || len(made.ClientID) != id.Length {
		t.Errorf("registered %+v", made)
	}
	delete(wish, "token_endpoint_auth_method")
	delete(wish, "client_name")
	made = must[wire.ClientRegistrationResponse](b, person{}, http.MethodPost, "/oauth/apps/register", wish)
	if made.ClientSecret == nil || *made.ClientName != "Dynamically Registered Client" || made.TokenEndpointAuthMethod != "client_secret_post" {
		t.Errorf("registered %+v", made)
	}
	if got := must[wire.OAuthApp](b, b.admin, http.MethodGet, "/oauth/apps/"+made.ClientID, nil); !got.IsDynamicallyRegistered || !got.CreatorID.IsZero() || got.IsTrusted || got.ClientSecret != *made.ClientSecret {
		t.Errorf("it is %+v", got)
	}
	for name, c := range map[string]struct {
		wish map[string]any
		code string
	}{"nowhere": {map[string]any{}, "invalid_redirect_uri"}, "elsewhere": {map[string]any{"redirect_uris": []string{"app://x"}}, "invalid_redirect_uri"},
		"by another way": {map[string]any{"redirect_uris": []string{lift}, "token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"},
		"a long name":    {map[string]any{"redirect_uris": []string{lift}, "client_name": strings.Repeat("x", 65)}, "invalid_client_metadata"},
		"a bad homepage": {map[string]any{"redirect_uris": []string{lift}, "client_uri": "x"}, "invalid_client_metadata"}} {
		if got := register(c.wish); got.status != http.StatusBadRequest || !strings.Contains(string(got.body), `"error":"`+c.code+`"`) || got.error().ID == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	now := time.Now()
	many := func() (taken int) {
		for range 40 {
			if register(wish).status != http.StatusTooManyRequests {
				taken++
			}
		}
		return taken
	}
	b.api.OAuth.Now = func() time.Time { return now }
	if taken := many(); taken > 20 {
		t.Errorf("%d more are taken at once", taken)
	}
	now = now.Add(2*time.Minute + time.Second)
	if taken := many(); taken != 2 {
		t.Errorf("%d are taken two minutes later", taken)
	}
}
