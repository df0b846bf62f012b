package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Whoever ends what an app has waits for the session before they take a code: of two who did it the other way around, each would wait for the
// other, and one be told of a failure of ours. What changes meanwhile ends all the same.
func TestWhatAnAppHasEndsInOneOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, end := range map[string]func(wire.OAuthApp, person) answer{
		"with the app": func(app wire.OAuthApp, _ person) answer {
			return b.call(b.admin, http.MethodDelete, "/oauth/apps/"+app.ID.String(), nil)
		},
		"by its user": func(app wire.OAuthApp, who person) answer {
			return b.root(who, http.MethodPost, "/oauth/deauthorize", "application/json", `{"client_id":"`+app.ID.String()+`"}`)
		},
		"with its secret": func(app wire.OAuthApp, _ person) answer {
			return b.call(b.admin, http.MethodPost, "/oauth/apps/"+app.ID.String()+"/regen_secret", nil)
		},
		"with all of its user's": func(_ wire.OAuthApp, who person) answer {
			return b.call(b.admin, http.MethodPost, "/users/"+who.id.String()+"/sessions/revoke/all", nil)
		},
	} {
		app, who := b.lift(), b.newUser("user-"+strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", ""))
		token := b.let(app, who)
		b.code(who, wish(app))
		tx, err := b.db().Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), "update sessions set last_activity_at = last_activity_at + 1 where props ->> 'oauth_app_id' = $1", app.ID.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		came := make(chan answer, 1)
		go func() { came <- end(app, who) }()
		b.untilSomebodyWaits()
		if _, err := tx.Exec(t.Context(), "select from oauth_codes where app_id = $1 for update nowait", app.ID); err != nil {
			t.Errorf("%s: it has the codes while it waits for the session: %v", name, err)
		}
		_ = tx.Commit(t.Context())
		if got := <-came; got.status != http.StatusOK || b.opens(token.AccessToken) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// Who deletes an app has the app before what people let it do.
func TestWhoTakesAnAppBackWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	b.let(app, b.member)
	tx, err := b.db().Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "select from oauth_apps where id = $1 for update", app.ID)
	}
	if err == nil {
		_, err = tx.Exec(t.Context(), "delete from sessions where props ->> 'oauth_app_id' = $1", app.ID.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan answer, 1)
	go func() {
		came <- b.root(b.member, http.MethodPost, "/oauth/deauthorize", "application/json", `{"client_id":"`+app.ID.String()+`"}`)
	}()
	b.untilSomebodyWaits()
	if _, err := tx.Exec(t.Context(), "delete from oauth_apps where id = $1", app.ID); err != nil {
		t.Errorf("the app is not deleted: %v", err)
	}
	_ = tx.Commit(t.Context())
	if got := <-came; got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}
