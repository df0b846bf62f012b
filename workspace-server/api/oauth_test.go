package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAnAppThatWasLetInActsInTheUsersName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	got := b.letIn(b.member, wish(app, "scope", "read write"))
	var said struct{ Redirect string }
	if err := json.Unmarshal(got.body, &said); err != nil || !strings.HasPrefix(said.Redirect, lift+"&code=") || !strings.HasSuffix(said.Redirect, "&state=a+state%26") {
		t.Fatalf("sent to %d %s", got.status, got.body)
	}
	to, _ := url.Parse(said.Redirect)
	answered := b.exchange(app, to.Query().Get("code"))
	token := b.granted(answered)
	if token.TokenType != "bearer" || token.ExpiresInSeconds != 3600 || token.Scope != "user" || len(token.RefreshToken) != id.Length || answered.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v %v", token, answered.header)
	}
	as := person{token: token.AccessToken}
	if me := must[wire.User](b, as, http.MethodGet, "/users/me", nil); me.ID != b.member.id {
		t.Errorf("it is %s's", me.Username)
	}
	b.say(as, b.public.ID, "up")
	list := must[[]wire.Session](b, b.member, http.MethodGet, "/users/me/sessions", nil)
	if len(list) != 2 || !list[0].IsOAuth && !list[1].IsOAuth {
		t.Fatalf("the sessions are %+v", list)
	}
	for _, s := range list {
		if s.IsOAuth && (s.Props["oauth_app_id"] != app.ID.String() || s.Props["platform"] != "Lift" || s.ExpiresAt <= time.Now().UnixMilli()) {
			t.Errorf("it is shown as %+v", s)
		}
	}
	if apps := must[[]wire.OAuthApp](b, b.member, http.MethodGet, "/users/me/oauth/apps/authorized", nil); len(apps) != 1 || apps[0].ID != app.ID || apps[0].ClientSecret != "" {
		t.Errorf("the apps let in are %+v", apps)
	}
	for _, header := range []string{"token ", "Bearer ", "BEARER "} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/api/v4/users/me", nil)
		request.Header.Set("Authorization", header+token.AccessToken)
		if got := b.send(request).status; got != http.StatusOK {
			t.Errorf("%q: %d", header, got)
		}
	}
}

func TestATokenInAnAddressIsAPrograms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.let(b.lift(), b.member)
	mine := b.newToken(b.admin, b.member)
	for given, want := range map[string]int{token.AccessToken: http.StatusOK, mine.Token: http.StatusOK, b.member.token: http.StatusUnauthorized, "x": http.StatusUnauthorized} {
		got := b.call(person{}, http.MethodGet, "/users/me?access_token="+given, nil)
		if got.status != want || given == b.member.token && got.error().ID != "api.context.token_provided.app_error" {
			t.Errorf("%d, want %d: %s", got.status, want, got.body)
		}
	}
}

func TestATokenLastsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.let(b.lift(), b.member)
	as := person{token: token.AccessToken}
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(50 * time.Minute) }
	b.must(as, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	b.must(as, http.MethodPut, "/users/sessions/device", map[string]string{"device_id": "phone"})
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(61 * time.Minute) }
	if b.opens(token.AccessToken) {
		t.Error("by being used it lasts longer")
	}
}

// Who comes with a code a second time has stolen it, or was stolen from: RFC 6749, 4.1.2.
func TestACodeIsGoodOnceAndASecondUseEndsWhatItWasGoodFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	other := b.let(app, b.member)
	code := b.code(b.member, wish(app))
	token := b.granted(b.exchange(app, code))
	if got := b.exchange(app, code); got.status != http.StatusBadRequest || got.refusal().Error != "invalid_grant" || got.error().ID != "api.oauth.get_access_token.expired_code.app_error" {
		t.Errorf("again: %d %s", got.status, got.body)
	}
	if b.opens(token.AccessToken) || b.refresh(app, token.RefreshToken).status != http.StatusBadRequest {
		t.Error("what came of it goes on")
	}
	if !b.opens(other.AccessToken) {
		t.Error("what came of another code ended")
	}
}

func TestOfManyWhoComeWithACodeAtMostOneGetsTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	code := b.code(b.member, wish(app))
	var all sync.WaitGroup
	var got atomic.Int32
	for range 8 {
		all.Go(func() {
			if b.exchange(app, code).status == http.StatusOK {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d got tokens", got.Load())
	}
}

func TestACodeIsForItsAppItsAddressAndTenMinutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app, thief := b.lift(), b.lift()
	code := b.code(b.member, wish(app))
	for name, try := range map[string]func() answer{
		"another app":         func() answer { return b.exchange(thief, code) },
		"another address":     func() answer { return b.exchange(app, code, "redirect_uri", app.CallbackURLs[0]) },
		"no address":          func() answer { return b.exchange(app, code, "redirect_uri", "") },
		"a verifier for none": func() answer { return b.exchange(app, code, "code_verifier", verifier) },
		"another code":        func() answer { return b.exchange(app, strings.Repeat("y", 26)) },
	} {
		if got := try(); got.status != http.StatusBadRequest || got.refusal().Error != "invalid_grant" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for name, try := range map[string]func() answer{
		"a wrong secret": func() answer { return b.exchange(app, code, "client_secret", thief.ClientSecret) },
		"no secret":      func() answer { return b.exchange(app, code, "client_secret", "") },
		"no such app":    func() answer { return b.exchange(app, code, "client_id", id.New().String()) },
		"no app":         func() answer { return b.exchange(app, code, "client_id", "") },
	} {
		if got := try(); got.status != http.StatusUnauthorized || got.refusal().Error != "invalid_client" || got.error().ID == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	late := b.code(b.member, wish(app))
	b.api.OAuth.Now = func() time.Time { return time.Now().Add(9 * time.Minute) }
	b.granted(b.exchange(app, code)) // none of these used it up
	b.api.OAuth.Now = func() time.Time { return time.Now().Add(10*time.Minute + time.Second) }
	if got := b.exchange(app, late); got.refusal().Error != "invalid_grant" {
		t.Errorf("after ten minutes: %d %s", got.status, got.body)
	}
}

func TestAProofKeyIsHeldTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	public := b.newApp(func(a *wire.OAuthAppRequest) { a.IsPublic = true })
	if public.ClientSecret != "" {
		t.Fatalf("a public app has the secret %q", public.ClientSecret)
	}
	for _, of := range []wire.OAuthApp{app, public} {
		code := b.code(b.member, wish(of, "code_challenge", challenge(verifier), "code_challenge_method", "S256"))
		for _, wrong := range []string{"", challenge(verifier), strings.Repeat("x", 43), "short", verifier + "!"} {
			if got := b.exchange(of, code, "code_verifier", wrong); got.refusal().Error != "invalid_grant" {
				t.Errorf("with the verifier %q: %d %s", wrong, got.status, got.body)
			}
		}
		token := b.granted(b.exchange(of, code, "code_verifier", verifier))
		if (token.RefreshToken == "") != (of.ClientSecret == "") {
			t.Errorf("%+v", token)
		}
	}
	for name, v := range map[string]url.Values{"plain": wish(app, "code_challenge", verifier, "code_challenge_method", "plain"), "no method": wish(app, "code_challenge", verifier),
		"no challenge": wish(app, "code_challenge_method", "S256"), "a bad one": wish(app, "code_challenge", "x", "code_challenge_method", "S256"), "none of a public app": wish(public)} {
		if got := b.letIn(b.member, v); got.status != http.StatusBadRequest || !strings.HasPrefix(got.error().ID, "model.authorize.") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	code := b.code(b.member, wish(public, "code_challenge", challenge(verifier), "code_challenge_method", "S256"))
	if got := b.exchange(public, code, "code_verifier", verifier, "client_secret", "x"); got.refusal().Error != "invalid_client" {
		t.Errorf("a public app with a secret: %d %s", got.status, got.body)
	}
	if got := b.refresh(public, strings.Repeat("y", 26)); got.refusal().Error != "unauthorized_client" {
		t.Errorf("a public app renews: %d %s", got.status, got.body)
	}
}
