package controlplane

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

const keyName = "Idempotency-Key"

func TestARepeatedKeyGivesTheSameAnswerOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	before := b.rows()
	again := b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	if string(first.body) != string(again.body) || again.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("first %s\nagain %s %v", first.body, again.body, again.header)
	}
	if after := b.rows(); after != before {
		t.Errorf("before %s after %s", before, after)
	}
}

func TestAKeyWithAnotherRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var done SignedUp
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1").into(t, &done)
	b.refused(422, "used for a different request", post, "/signup", "", signUpBody("other"), keyName, "k1")
	b.refused(422, "used for a different request", post, "/login", "", LoginBody{"engines@example.com", password}, keyName, "k1")
	at := "/tenants/" + done.Tenant.ID
	b.want(http.StatusCreated, post, at+"/tokens", done.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}, keyName, "k1")
	b.refused(422, "used for a different request", put, at+"/members", done.Token, MemberBody{Email: "engines@example.com", Role: "owner"}, keyName, "k1")
}

func TestAKeyBelongsToItsPrincipal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, other := b.signUp("one"), b.signUp("other")
	for _, p := range []SignedUp{one, other} {
		a := b.want(http.StatusCreated, post, "/tenants/"+p.Tenant.ID+"/tokens", p.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}, keyName, "same")
		if a.header.Get("Idempotent-Replayed") != "" {
			t.Error("one got the other's answer")
		}
	}
}

func TestAKeyOfAnUnusableFormIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"", " ", "a b", "ä", strings.Repeat("k", 256)} {
		b.refused(422, "1 to 255 printable ASCII", post, "/signup", "", signUpBody("engines"), keyName, key)
	}
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, strings.Repeat("k", 255))
}

func TestARefusalDoesNotUseAKeyUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.refused(422, "reserved", post, "/signup", "", signUpBody("admin"), keyName, "k1")
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
}

func TestRequestsAtOnceWithOneKeyAreServedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 8 {
		wg.Go(func() {
			a, err := b.try(post, prefix+"/tenants/"+done.Tenant.ID+"/tokens", done.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}, keyName, "k1")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	wg.Wait()
	if statuses[http.StatusCreated] < 1 || statuses[http.StatusCreated]+statuses[http.StatusConflict] != 8 {
		t.Errorf("%v", statuses)
	}
	if rows := b.rows(); !strings.Contains(rows, "api_tokens=1 ") {
		t.Errorf("%s", rows)
	}
}

func TestARequestThatDiedBlocksItsKeyForAMinuteOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
	b.die("another-machine/0123456789ab/1-1", ", done_at = null")
	b.refused(409, "still being served", post, "/signup", "", signUpBody("engines"), keyName, "k1")
	b.clock.move(abandonedAfter)
	b.refused(422, "used for a different request", post, "/signup", "", signUpBody("other"), keyName, "k1")
	_, err := b.pool.Exec(t.Context(), "update persons set email = 'renamed@example.com'; update slugs set slug = 'renamed'")
	b.must(err)
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1")
}

func TestAnAnswerIsKeptForADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	body := TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}
	path := "/tenants/" + done.Tenant.ID + "/tokens"
	b.want(http.StatusCreated, post, path, done.Token, body, keyName, "k1")
	b.clock.move(keptFor - time.Minute)
	if a := b.want(http.StatusCreated, post, path, done.Token, body, keyName, "k1"); a.header.Get("Idempotent-Replayed") != "true" {
		t.Error("forgotten too early")
	}
	b.clock.move(2 * time.Minute)
	if a := b.want(http.StatusCreated, post, path, done.Token, body, keyName, "k1"); a.header.Get("Idempotent-Replayed") != "" {
		t.Error("kept too long")
	}
}

func TestNeitherTheDatabaseNorTheLogHoldsASecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var done SignedUp
	var made CreatedToken
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1").into(t, &done)
	b.want(http.StatusCreated, post, "/tenants/"+done.Tenant.ID+"/tokens", done.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}, keyName, "k2").into(t, &made)
	b.call(get, "/nothing/"+made.Secret, made.Secret, nil)
	var everything string
	for _, table := range []string{"idempotency_keys", "persons", "sessions", "api_tokens", "audit_events"} {
		var text string
		b.must(b.pool.QueryRow(t.Context(), "select coalesce(string_agg(encode(convert_to(x::text, 'utf8'), 'escape'), ' '), '') from "+table+" x").Scan(&text))
		everything += text
	}
	var answers string
	b.must(b.pool.QueryRow(t.Context(), "select string_agg(encode(answer, 'escape'), ' ') from idempotency_keys").Scan(&answers))
	for _, secret := range []string{password, done.Token, made.Secret} {
		if strings.Contains(everything+answers, secret) {
			t.Errorf("the database holds %q", secret)
		}
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestARepeatedAnswerShowsNoAPITokenAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	ask := func() (made CreatedToken, replayed string) {
		a := b.want(http.StatusCreated, post, "/tenants/"+done.Tenant.ID+"/tokens", done.Token,
			TokenBody{Name: "x", Scopes: []tenants.Permission{"tenant:read"}}, keyName, "k1")
		a.into(t, &made)
		return made, a.header.Get("Idempotent-Replayed")
	}
	first, _ := ask()
	second, replayed := ask()
	if replayed != "true" || second.Token.ID != first.Token.ID {
		t.Errorf("the answer was not repeated: %+v, then %+v", first.Token, second.Token)
	}
	if first.Secret == "" || second.Secret != "" {
		t.Error("the secret is not shown exactly once")
	}
}
