package api_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestARefreshTokenIsGoodOnceAndASecondUseEndsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app, thief := b.lift(), b.lift()
	first := b.let(app, b.member)
	if got := b.refresh(thief, first.RefreshToken); got.refusal().Error != "invalid_grant" {
		t.Errorf("another app renews it: %d %s", got.status, got.body)
	}
	second := b.granted(b.refresh(app, first.RefreshToken))
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken || second.RefreshToken == "" {
		t.Fatalf("%+v after %+v", second, first)
	}
	if b.opens(first.AccessToken) || !b.opens(second.AccessToken) {
		t.Error("the token before goes on, or the new one opens nothing")
	}
	if got := must[[]wire.Session](b, b.member, http.MethodGet, "/users/me/sessions", nil); len(got) != 2 {
		t.Errorf("it has %d sessions with the member's own", len(got))
	}
	if got := b.refresh(app, first.RefreshToken); got.status != http.StatusBadRequest || got.refusal().Error != "invalid_grant" || got.error().ID != "api.oauth.get_access_token.refresh_token.app_error" {
		t.Errorf("again: %d %s", got.status, got.body)
	}
	if b.opens(second.AccessToken) || b.refresh(app, second.RefreshToken).status == http.StatusOK {
		t.Error("what came of it goes on")
	}
}

func TestOfManyWhoComeWithARefreshTokenAtMostOneGetsTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	token := b.let(app, b.member)
	var all sync.WaitGroup
	var got atomic.Int32
	for range 8 {
		all.Go(func() {
			if b.refresh(app, token.RefreshToken).status == http.StatusOK {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d got tokens", got.Load())
	}
}

func TestATokenThatRanOutIsRenewedForAsLongAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	token := b.let(app, b.member)
	at := func(d time.Duration) {
		now := func() time.Time { return time.Now().Add(d) }
		b.api.OAuth.Now, b.api.Sessions.Now = now, now
		if err := b.api.OAuth.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	at(90 * time.Minute)
	if b.opens(token.AccessToken) {
		t.Error("it opens something still")
	}
	token = b.granted(b.refresh(app, token.RefreshToken))
	if !b.opens(token.AccessToken) {
		t.Error("the new one opens nothing")
	}
	at(90*time.Minute + 2*time.Hour + time.Second)
	if got := b.refresh(app, token.RefreshToken); got.refusal().Error != "invalid_grant" {
		t.Errorf("later: %d %s", got.status, got.body)
	}
	for _, table := range []string{"oauth_grants", "oauth_refresh_tokens", "sessions where props ? 'oauth_app_id'"} {
		var left int
		if err := b.db().QueryRow(t.Context(), "select count(*) from "+table).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d of %s are left (%v)", left, table, err)
		}
	}
	at(48 * time.Hour)
	var codes int
	if err := b.db().QueryRow(t.Context(), "select count(*) from oauth_codes").Scan(&codes); err != nil || codes != 0 {
		t.Errorf("%d codes are left (%v)", codes, err)
	}
}

// Whatever ends it ends the token, what renews it, and codes that wait.
func TestWhatAnAppHasEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*bundle, wire.OAuthApp){
		"by its user": func(b *bundle, app wire.OAuthApp) { b.deauthorize(b.member, app) },
		"with the app": func(b *bundle, app wire.OAuthApp) {
			b.must(b.admin, http.MethodDelete, "/oauth/apps/"+app.ID.String(), nil)
		},
		"with its user": func(b *bundle, _ wire.OAuthApp) {
			b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
		},
		"with all of its user's": func(b *bundle, _ wire.OAuthApp) {
			b.must(b.member, http.MethodPost, "/users/me/sessions/revoke/all", nil)
		},
		"with its secret": func(b *bundle, app wire.OAuthApp) {
			b.must(b.admin, http.MethodPost, "/oauth/apps/"+app.ID.String()+"/regen_secret", nil)
		},
		"with the password": func(b *bundle, _ wire.OAuthApp) {
			b.must(b.admin, http.MethodPut, "/users/"+b.member.id.String()+"/password", map[string]string{"new_password": "next-password"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			app := b.lift()
			token, others, code := b.let(app, b.member), b.let(b.lift(), b.admin), b.code(b.member, wish(app))
			end(b, app)
			if b.opens(token.AccessToken) {
				t.Error("the token goes on")
			}
			app.ClientSecret = b.secretOf(app)
			if got := b.refresh(app, token.RefreshToken); got.status == http.StatusOK {
				t.Error("it is renewed")
			}
			if got := b.exchange(app, code); got.status == http.StatusOK {
				t.Error("a code that waited is good for another")
			}
			if !b.opens(others.AccessToken) {
				t.Error("what another app has of another user ended")
			}
		})
	}
}

// Whatever comes in what order: nobody is left with a token, and nobody is told of a failure of ours.
func TestWhatIsRenewedWhileItEndsEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, end := range map[string]func(wire.OAuthApp) answer{
		"with the app": func(app wire.OAuthApp) answer {
			return b.call(b.admin, http.MethodDelete, "/oauth/apps/"+app.ID.String(), nil)
		},
		"by its user": func(app wire.OAuthApp) answer {
			return b.root(b.member, http.MethodPost, "/oauth/deauthorize", "application/json", `{"client_id":"`+app.ID.String()+`"}`)
		},
		"with its secret": func(app wire.OAuthApp) answer {
			return b.call(b.admin, http.MethodPost, "/oauth/apps/"+app.ID.String()+"/regen_secret", nil)
		},
	} {
		for range 5 {
			app := b.lift()
			token, code := b.let(app, b.member), b.code(b.member, wish(app))
			var all sync.WaitGroup
			got := make([]answer, 3)
			all.Go(func() { got[0] = b.refresh(app, token.RefreshToken) })
			all.Go(func() { got[1] = b.exchange(app, code) })
			all.Go(func() { got[2] = end(app) })
			all.Wait()
			if got[2].status != http.StatusOK {
				t.Errorf("%s: %d %s", name, got[2].status, got[2].body)
			}
			for _, g := range got[:2] {
				if g.status >= 500 || g.status == http.StatusOK && b.opens(b.granted(g).AccessToken) {
					t.Errorf("%s: %d %s", name, g.status, g.body)
				}
			}
		}
	}
}

func (b *bundle) deauthorize(as person, app wire.OAuthApp) {
	b.t.Helper()
	if got := b.root(as, http.MethodPost, "/oauth/deauthorize", "application/json", `{"client_id":"`+app.ID.String()+`"}`); got.status != http.StatusOK {
		b.t.Fatalf("deauthorize: %d %s", got.status, got.body)
	}
}

// secretOf is the secret that an app has now, or had last.
func (b *bundle) secretOf(app wire.OAuthApp) string {
	if found, err := b.api.OAuth.Find(b.t.Context(), app.ID); err == nil {
		return b.api.OAuth.View(found).ClientSecret
	}
	return app.ClientSecret
}

func TestASessionThatItsUserEndsIsNotRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	token := b.let(app, b.member)
	for _, s := range must[[]wire.Session](b, b.member, http.MethodGet, "/users/me/sessions", nil) {
		if s.IsOAuth {
			b.must(b.member, http.MethodPost, "/users/me/sessions/revoke", map[string]string{"session_id": s.ID.String()})
		}
	}
	if b.opens(token.AccessToken) || b.refresh(app, token.RefreshToken).status == http.StatusOK {
		t.Error("it goes on")
	}
}

func TestWhoLetAnAppInTakesItBackForThemselvesAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	one, other := b.let(app, b.member), b.let(app, b.admin)
	b.deauthorize(b.member, app)
	if b.opens(one.AccessToken) || !b.opens(other.AccessToken) {
		t.Error("the wrong one ended")
	}
	if got := must[[]wire.OAuthApp](b, b.member, http.MethodGet, "/users/me/oauth/apps/authorized", nil); len(got) != 0 {
		t.Errorf("it is still listed: %+v", got)
	}
	b.deauthorize(b.member, app) // once more ends nothing more
	if got := b.root(b.member, http.MethodPost, "/oauth/deauthorize", "application/json", `{}`); got.status != http.StatusBadRequest {
		t.Errorf("no app: %d %s", got.status, got.body)
	}
	if got := b.root(person{}, http.MethodPost, "/oauth/deauthorize", "application/json", `{"client_id":"`+app.ID.String()+`"}`); got.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d %s", got.status, got.body)
	}
}
