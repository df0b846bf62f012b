package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) link() string {
	b.t.Helper()
	l, err := b.api.Sessions.NewLink(b.t.Context(), b.admin.id)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.url + sessions.LinkPath + "?t=" + l.Token
}

func (b *bundle) follow(link string) (status int, text string) {
	b.t.Helper()
	request, _ := http.NewRequestWithContext(b.t.Context(), http.MethodGet, link, nil)
	request.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw)
}

func TestASignInLinkWorksOnceHoweverManyCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.link()
	var opened, gone atomic.Int32
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			switch status, _ := b.follow(link); status {
			case http.StatusOK:
				opened.Add(1)
			case http.StatusGone:
				gone.Add(1)
			}
		})
	}
	all.Wait()
	if opened.Load() != 1 || gone.Load() != 9 {
		t.Fatalf("%d opened a session, %d were told that it is gone", opened.Load(), gone.Load())
	}
}

func TestASignInLinkLastsAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.link()
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(61 * time.Second) }
	if status, text := b.follow(link); status != http.StatusGone || !strings.Contains(text, "minute") {
		t.Fatalf("after a minute: %d %s", status, text)
	}
}

// browser follows a link as a browser does, and answers its cookies.
func (b *bundle) browser() (*http.Client, map[string]string) {
	b.t.Helper()
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	answer, err := c.Get(b.link())
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/" || !strings.Contains(string(page), "signed in as <strong>ada") {
		b.t.Fatalf("%d at %s: %s", answer.StatusCode, answer.Request.URL, page)
	}
	site, _ := url.Parse(b.url)
	cookies := map[string]string{}
	for _, c := range jar.Cookies(site) {
		cookies[c.Name] = c.Value
	}
	return c, cookies
}

func TestAForeignPageCantUseABrowsersCookie(t *testing.T) {
	t.Parallel()
	b := setup(t)
	browser, cookies := b.browser()
	send := func(csrf string) int {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/api/v4/teams", strings.NewReader(`{"name":"mine","display_name":"Mine","type":"I"}`))
		request.Header.Set("X-CSRF-Token", csrf)
		answer, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := send(""); got != http.StatusUnauthorized {
		t.Errorf("without the CSRF token: %d", got)
	}
	if got := send("guess"); got != http.StatusUnauthorized {
		t.Errorf("with a wrong CSRF token: %d", got)
	}
	if got := send(cookies["MMCSRF"]); got != http.StatusCreated {
		t.Errorf("with the CSRF token: %d", got)
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/api/v4/websocket", nil)
	request.Header.Set("Origin", "https://elsewhere.example.com")
	answer, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign page's web socket: %d", answer.StatusCode)
	}
}

func TestThePasswordOfALinksUserIsSetOnceWithoutTheCurrentOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	set := func(current, next string) int {
		return b.call(b.admin, http.MethodPut, "/users/me/password", map[string]string{"current_password": current, "new_password": next}).status
	}
	if got := set("", "first-password"); got != http.StatusOK {
		t.Fatalf("first password: %d", got)
	}
	if got := set("", "second-password"); got != http.StatusBadRequest {
		t.Fatalf("second password without the first: %d", got)
	}
	if got := set("first-password", "second-password"); got != http.StatusOK {
		t.Fatalf("second password: %d", got)
	}
	if got := b.login("ada", "second-password"); got.status != http.StatusOK || got.header.Get("Token") == "" {
		t.Fatalf("login: %d", got.status)
	}
}

func (b *bundle) login(name, password string) answer {
	b.t.Helper()
	return b.call(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": name, "password": password})
}

// Who guesses learns nothing about which accounts exist, and is slowed down.
func TestGuessingPasswordsLocksTheAccountForAWhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.api.Users.ResetPassword(t.Context(), b.member.id, "bens-password"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	b.api.Users.Now = func() time.Time { return now }
	unknown, wrong := b.login("nobody", "guess-guess"), b.login("ben", "guess-guess")
	if unknown.status != http.StatusUnauthorized || unknown.error().ID != wrong.error().ID || unknown.error().Message != wrong.error().Message {
		t.Fatalf("unknown %s, wrong %s", unknown.body, wrong.body)
	}
	for range 9 { // as nine more guesses do, without the time that they take
		if err := b.api.DB.NoteFailedLogin(t.Context(), dbsql.NoteFailedLoginParams{ID: b.member.id, Now: now.UnixMilli()}); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.login("ben", "guess-guess"); got.error().ID != "api.user.check_user_login_attempts.too_many.app_error" {
		t.Fatalf("the eleventh try answers %d %s", got.status, got.body)
	}
	now = now.Add(time.Minute)
	if got := b.login("BEN@example.com", "bens-password"); got.status != http.StatusOK {
		t.Fatalf("a minute later: %d %s", got.status, got.body)
	}
}

func TestGuessesAtTheSameTimeAreNoMoreThanThoseOneByOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.api.Users.ResetPassword(t.Context(), b.member.id, "bens-password"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	b.api.Users.Now = func() time.Time { return now }
	var compared atomic.Int32
	var guesses sync.WaitGroup
	for range 40 {
		guesses.Go(func() {
			if b.login("ben", "guess-guess").error().ID == "api.user.login.invalid_credentials_email_username" {
				compared.Add(1)
			}
		})
	}
	guesses.Wait()
	if most := 10 + runtime.GOMAXPROCS(0); int(compared.Load()) > most {
		t.Errorf("%d guesses were compared, want at most %d", compared.Load(), most)
	}
	path := "/users/" + b.member.id.String() + "/reset_failed_attempts"
	if got := b.call(b.member, http.MethodPost, path, nil); got.status != http.StatusForbidden {
		t.Errorf("a member unlocks: %d", got.status)
	}
	b.must(b.admin, http.MethodPost, path, nil)
	if got := b.login("ben", "bens-password"); got.status != http.StatusOK {
		t.Errorf("unlocked by an admin: %d %s", got.status, got.body)
	}
}

func TestSessionsEndWithTheirUserAndTheirTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	second := b.signIn(b.member.id)
	var list []wire.Session
	_ = json.Unmarshal(b.must(b.member, http.MethodGet, "/users/me/sessions", nil), &list)
	for _, s := range list {
		if s.Token != "" {
			t.Fatal("a list of sessions tells their tokens")
		}
	}
	b.must(b.member, http.MethodPost, "/users/logout", nil)
	if got := b.call(b.member, http.MethodGet, "/users/me", nil).status; got != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", got)
	}
	b.must(second, http.MethodGet, "/users/me", nil)
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	if got := b.call(second, http.MethodGet, "/users/me", nil).status; got != http.StatusUnauthorized {
		t.Errorf("deactivated: %d", got)
	}
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if got := b.call(b.outside, http.MethodGet, "/users/me", nil).status; got != http.StatusUnauthorized {
		t.Errorf("after its time: %d", got)
	}
}

// An account can't be used to look at what others keep to themselves.
func TestOthersSeeNoPrivatePartsOfAProfile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var own, other map[string]any
	_ = json.Unmarshal(b.must(b.member, http.MethodGet, "/users/me", nil), &own)
	_ = json.Unmarshal(b.must(b.outside, http.MethodGet, "/users/"+b.member.id.String(), nil), &other)
	for _, field := range []string{"notify_props", "last_password_update"} {
		if own[field] == nil || other[field] != nil {
			t.Errorf("%s: own %v, another's %v", field, own[field], other[field])
		}
	}
	for _, u := range []map[string]any{own, other} {
		if u["password"] != nil || u["password_hash"] != nil {
			t.Errorf("a profile has a password: %v", u)
		}
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, call := range []func() answer{
		func() answer { return b.call(b.admin, http.MethodDelete, "/users/me", nil) },
		func() answer {
			return b.call(b.admin, http.MethodPut, "/users/me/roles", map[string]string{"roles": "system_user"})
		},
	} {
		if got := call(); got.status != http.StatusBadRequest {
			t.Errorf("the only admin could go: %d %s", got.status, got.body)
		}
	}
}

func TestAPhoneHasOneSessionOfItsUserAndEndsNobodyElses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before, now := b.signIn(b.member.id), b.signIn(b.member.id)
	for _, of := range []person{before, b.admin, now} {
		b.must(of, http.MethodPut, "/users/sessions/device", map[string]string{"device_id": "apple_rn-v2:phone"})
	}
	for why, c := range map[string]struct {
		of   person
		want int
	}{"before": {before, http.StatusUnauthorized}, "now": {now, http.StatusOK}, "somebody else's": {b.admin, http.StatusOK}} {
		if got := b.call(c.of, http.MethodGet, "/users/me", nil); got.status != c.want {
			t.Errorf("%s: %d", why, got.status)
		}
	}
}
