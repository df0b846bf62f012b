package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

var oneToken = TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}

// die has the holder of all keys end before it could answer.
func (b *bundle) die(holder, also string) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), "update idempotency_keys set status = null, answer = null, holder = $1"+also, holder)
	b.must(err)
}

// dead is what a process was called whose number this one has now.
func (b *bundle) dead() string { return b.server.holder + "0" }

func TestARequestWhoseProcessEndedIsServedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	_, err := b.pool.Exec(t.Context(), "update persons set email = 'renamed@example.com'; update slugs set slug = 'renamed'")
	b.must(err)
	for _, holder := range []string{b.server.holder, "another-machine/0123456789ab/1-1", ""} {
		b.die(holder, ", done_at = null")
		if a := b.call(post, "/signup", "", signUpBody("engines"), keyName, "k1"); a.status != http.StatusConflict || a.header.Get("Retry-After") != "1" {
			t.Errorf("the key of %q is taken: %d %s", holder, a.status, a.body)
		}
	}
	b.die(b.dead(), ", done_at = null")
	b.refused(422, "used for a different request", post, "/signup", "", signUpBody("other"), keyName, "k1")
	first := b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	again := b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	if string(first.body) != string(again.body) {
		t.Errorf("%s, then %s", first.body, again.body)
	}
}

func TestWhatAProcessDidBeforeItEndedIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	path := "/tenants/" + done.Tenant.ID + "/tokens"
	b.want(http.StatusCreated, post, path, done.Token, oneToken, keyName, "k1")
	b.die(b.server.holder, "")
	b.refused(409, "still being served", post, path, done.Token, oneToken, keyName, "k1")
	b.die(b.dead(), "")
	if p := b.refused(409, "this was done already", post, path, done.Token, oneToken, keyName, "k1"); p.Title != answerLost {
		t.Errorf("%+v", p)
	}
	b.die("another-machine/0123456789ab/1-1", "")
	b.clock.move(abandonedAfter)
	b.refused(409, "this was done already", post, path, done.Token, oneToken, keyName, "k1")
	if rows := b.rows(); !strings.Contains(rows, "api_tokens=1 ") {
		t.Error(rows)
	}
}

// TestWhoeverLostTheKeyDoesNothing has the key taken over in the midst of the request.
func TestWhoeverLostTheKeyDoesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	_, err := b.pool.Exec(t.Context(), `create function take() returns trigger language plpgsql as $$ begin
		update idempotency_keys set created_at = created_at + interval '1 minute', holder = 'another'; return new; end $$;
		create trigger take before insert on api_tokens for each row execute function take()`)
	b.must(err)
	b.refused(409, "took over", post, "/tenants/"+done.Tenant.ID+"/tokens", done.Token, oneToken, keyName, "k1")
}

// TestARequestThatFailsWhenItIsDoneIsNotDoneAgain has the showing fail, and not the doing.
func TestARequestThatFailsWhenItIsDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	show := b.server.config.WorkspaceURL
	b.server.config.WorkspaceURL = func(string) string { panic("not shown") }
	b.want(http.StatusInternalServerError, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	b.server.config.WorkspaceURL = show
	b.clock.move(abandonedAfter)
	b.refused(409, "this was done already", post, "/signup", "", signUpBody("engines"), keyName, "k1")
}
