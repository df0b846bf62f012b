package api_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var hiddenField = regexp.MustCompile(`name="(csrf|once)" value="([^"]*)"`)

// surfer is a browser without a script.
type surfer struct {
	*bundle
	browser *http.Client
}

// surf is a browser of who is signed in, or of nobody.
func (b *bundle) surf(as person) surfer {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if site, err := url.Parse(b.url); err == nil && as.token != "" {
		jar.SetCookies(site, []*http.Cookie{{Name: "MMAUTHTOKEN", Value: as.token, Path: "/"}})
	}
	return surfer{b, stay(jar)}
}

func (s surfer) come(v url.Values) answer {
	s.t.Helper()
	return s.rootBy(s.browser, person{}, http.MethodGet, "/oauth/authorize?"+v.Encode(), "", "")
}

func (s surfer) send(v url.Values, fields ...string) answer {
	s.t.Helper()
	body := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		body.Set(fields[i], fields[i+1])
	}
	return s.rootBy(s.browser, person{}, http.MethodPost, "/oauth/authorize?"+v.Encode(), form, body.Encode())
}

// hidden is what a page sends along.
func (a answer) hidden() string {
	m := hiddenField.FindSubmatch(a.body)
	if m == nil {
		return ""
	}
	return string(m[2])
}

// asks fails unless an answer is a page of ours that nobody else can frame or be sent its forms, but the app.
func (a answer) asks(t *testing.T, status int, places string) {
	t.Helper()
	a.isPage(t, status)
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action "+places+";") || !strings.Contains(policy, "frame-ancestors 'none'") || a.header.Get("X-Frame-Options") != "DENY" || a.header.Get("Location") != "" {
		t.Errorf("%v", a.header)
	}
}

// sentTo is where a browser is sent, beside the code.
func (a answer) sentTo(t *testing.T) url.Values {
	t.Helper()
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, lift+"&") {
		t.Fatalf("%d to %q: %s", a.status, to, a.body)
	}
	u, _ := url.Parse(to)
	return u.Query()
}

func TestWhoComesFromAnAppIsAskedAndSentBackWithTheirAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.newApp(func(a *wire.OAuthAppRequest) { a.Name = "<b>Lift</b>" })
	s := b.surf(b.member)
	page := s.come(wish(app))
	page.asks(t, http.StatusOK, "'self' http: https:")
	page.shows(t, "&lt;b&gt;Lift&lt;/b&gt;", "Goes up.", "<strong>ben</strong>", "<strong>https://lift.example.com</strong>")
	page.hides(t, "<b>", app.ClientSecret, b.member.token)
	if to := s.send(wish(app), "csrf", page.hidden(), "answer", "deny").sentTo(t); to.Get("error") != "access_denied" || to.Get("state") != "a state&" || to.Get("code") != "" {
		t.Errorf("denied by %v", to)
	}
	to := s.send(wish(app), "csrf", page.hidden(), "answer", "allow").sentTo(t)
	if to.Get("state") != "a state&" || to.Get("from") != "chat" {
		t.Errorf("allowed by %v", to)
	}
	b.granted(b.exchange(app, to.Get("code")))
	b.granted(b.exchange(app, s.come(wish(app)).sentTo(t).Get("code"))) // who let it in is not asked again
	b.deauthorize(b.member, app)
	s.come(wish(app)).asks(t, http.StatusOK, "'self' http: https:")
}

func TestAForeignPageCantAnswerForSomebody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	s := b.surf(b.member)
	for _, csrf := range []string{"", "guess", b.surf(b.admin).come(wish(app)).hidden()} {
		if got := s.send(wish(app), "csrf", csrf, "answer", "allow"); got.status == http.StatusSeeOther || got.header.Get("Location") != "" {
			t.Errorf("with the CSRF token %q: %d %v", csrf, got.status, got.header)
		}
	}
	body := `{"response_type":"code","client_id":"` + app.ID.String() + `","redirect_uri":"` + lift + `"}`
	for _, kind := range []string{"application/json", "text/plain"} {
		if got := s.rootBy(s.browser, person{}, http.MethodPost, "/oauth/authorize", kind, body); got.status != http.StatusUnauthorized {
			t.Errorf("as %s: %d %s", kind, got.status, got.body)
		}
	}
	page := s.come(wish(app))
	if got := s.send(wish(app), "csrf", page.hidden(), "answer", "maybe"); got.status != http.StatusBadRequest {
		t.Errorf("no answer: %d", got.status)
	}
}

// Nobody is sent where the app that is named has not said it is.
func TestNoBrowserIsSentWhereItsAppIsNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app, trusted := b.lift(), b.newApp(func(a *wire.OAuthAppRequest) { a.IsTrusted = true })
	for name, v := range map[string]url.Values{
		"no such app": wish(app, "client_id", b.team.ID.String()), "no app": wish(app, "client_id", ""), "a bad id": wish(app, "client_id", "x"), "no address": wish(app, "redirect_uri", ""),
		"elsewhere": wish(app, "redirect_uri", "https://evil.example/"), "below": wish(app, "redirect_uri", lift+"/x"), "with more": wish(app, "redirect_uri", lift+"&x=y"), "in capitals": wish(app, "redirect_uri", strings.ToUpper(lift)),
		"without the query": wish(app, "redirect_uri", "https://lift.example.com/back"), "elsewhere of a trusted app": wish(trusted, "redirect_uri", "https://evil.example/"),
		"two addresses": {"client_id": {app.ID.String()}, "response_type": {"code"}, "redirect_uri": {lift, "https://evil.example/"}},
	} {
		for _, s := range []surfer{b.surf(b.member), b.surf(person{})} {
			got := s.come(v)
			if got.status < 400 || got.header.Get("Location") != "" || strings.Contains(string(got.body), "<form") {
				t.Errorf("%s: %d %v", name, got.status, got.header)
			}
			got.asks(t, got.status, "'none'")
			if got := s.send(v, "answer", "deny", "csrf", b.surf(b.member).come(wish(app)).hidden()); got.header.Get("Location") != "" {
				t.Errorf("%s: its answer is sent to %v", name, got.header)
			}
		}
	}
}

func TestAnAppIsToldWhatIsWrongWithItsWish(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app, public := b.lift(), b.newApp(func(a *wire.OAuthAppRequest) { a.IsPublic, a.IsTrusted = true, true })
	s := b.surf(b.member)
	for name, c := range map[string]struct {
		v    url.Values
		code string
	}{"another flow": {wish(app, "response_type", "token"), "unsupported_response_type"}, "none": {wish(app, "response_type", ""), "invalid_request"}, "a plain challenge": {wish(app, "code_challenge", verifier, "code_challenge_method", "plain"), "invalid_request"},
		"a challenge without its method": {wish(app, "code_challenge", verifier), "invalid_request"}, "a public app without one": {wish(public), "invalid_request"}, "a long scope": {wish(app, "scope", strings.Repeat("x", 129)), "invalid_scope"},
		"a bad resource": {wish(app, "resource", "x"), "invalid_target"}, "a resource that is no text": {wish(app, "resource", "https://lift.example.com/\xff"), "invalid_target"}} {
		if to := s.come(c.v).sentTo(t); to.Get("error") != c.code || to.Get("error_description") == "" || to.Get("state") != "a state&" || to.Get("code") != "" {
			t.Errorf("%s: %v", name, to)
		}
	}
	if to := s.come(wish(app, "state", strings.Repeat("x", 1025))).sentTo(t); to.Get("error") != "invalid_request" || to.Get("state") != "" {
		t.Errorf("a long state: %v", to)
	}
}

func TestATrustedAppIsLetInWithoutAsking(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.newApp(func(a *wire.OAuthAppRequest) { a.IsTrusted = true })
	b.granted(b.exchange(app, b.surf(b.member).come(wish(app)).sentTo(t).Get("code")))
	if got := must[[]wire.OAuthApp](b, b.member, http.MethodGet, "/users/me/oauth/apps/authorized", nil); len(got) != 1 {
		t.Errorf("those let in are %+v", got)
	}
	public := b.newApp(func(a *wire.OAuthAppRequest) { a.IsPublic = true })
	v := wish(public, "code_challenge", challenge(verifier), "code_challenge_method", "S256")
	b.code(b.member, v)
	b.surf(b.member).come(v).asks(t, http.StatusOK, "'self' http: https:") // another program may say that it is this one
}

func TestWhoIsNotSignedInSignsInFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.member, http.MethodPut, "/users/me/password", map[string]string{"new_password": "bens-password"})
	app := b.newApp(func(a *wire.OAuthAppRequest) { a.IsTrusted = true })
	s := b.surf(person{})
	page := s.come(wish(app))
	page.asks(t, http.StatusOK, "'self' http: https:")
	page.shows(t, `name="password"`, "Lift")
	for name, fields := range map[string][]string{"a foreign page": {"login_id", "ben", "password", "bens-password"}, "its guess": {"login_id", "ben", "password", "bens-password", "once", strings.Repeat("y", 26)}} {
		if got := b.surf(person{}).send(wish(app), fields...); got.status != http.StatusUnauthorized || strings.Contains(got.header.Get("Set-Cookie"), "MMAUTHTOKEN") {
			t.Errorf("%s signs in: %d %v", name, got.status, got.header)
		}
	}
	wrong := s.send(wish(app), "login_id", "ben", "password", "wrong-password", "once", page.hidden())
	wrong.asks(t, http.StatusUnauthorized, "'self' http: https:")
	wrong.shows(t, "Enter a valid email or username")
	wrong.hides(t, "wrong-password")
	in := s.send(wish(app), "login_id", "ben", "password", "bens-password", "once", wrong.hidden())
	if in.status != http.StatusSeeOther || in.header.Get("Location") != "/oauth/authorize?"+wish(app).Encode() {
		t.Fatalf("signed in: %d %v %s", in.status, in.header, in.body)
	}
	b.granted(b.exchange(app, s.come(wish(app)).sentTo(t).Get("code")))
	for range 12 {
		page = s.send(wish(app), "login_id", "ben", "password", "wrong-password", "once", b.again(s, app))
	}
	page.shows(t, "locked for a while")
}

func TestWhoHasASecondFactorIsLetInWithIt(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	app := w.newApp(func(a *wire.OAuthAppRequest) { a.IsTrusted = true })
	s := w.surf(person{})
	page := s.come(wish(app))
	page.shows(t, `name="code"`)
	page = s.send(wish(app), "login_id", "ben", "password", bensPassword, "once", page.hidden())
	page.asks(t, http.StatusUnauthorized, "'self' http: https:")
	page.shows(t, "code of your second factor")
	if in := s.send(wish(app), "login_id", "ben", "password", bensPassword, "code", w.code(0), "once", page.hidden()); in.status != http.StatusSeeOther {
		t.Errorf("with the code: %d %s", in.status, in.body)
	}
}

// again is what a new sign-in form sends along.
func (b *bundle) again(s surfer, app wire.OAuthApp) string {
	b.t.Helper()
	site, _ := url.Parse(b.url)
	s.browser.Jar.SetCookies(site, []*http.Cookie{{Name: "MMAUTHTOKEN", Path: "/", MaxAge: -1}})
	return s.come(wish(app)).hidden()
}
