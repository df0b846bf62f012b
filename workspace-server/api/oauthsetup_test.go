package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const form = "application/x-www-form-urlencoded"

// stay is a browser that says where it is sent.
func stay(jar http.CookieJar) *http.Client {
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// root asks for an address that is not below the API's.
func (b *bundle) root(as person, method, path, kind, body string) answer {
	b.t.Helper()
	return b.rootBy(http.DefaultClient, as, method, path, kind, body)
}

func (b *bundle) rootBy(browser *http.Client, as person, method, path, kind, body string) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	if as.token != "" {
		request.Header.Set("Authorization", "Bearer "+as.token)
	}
	return b.sendBy(browser, request)
}

// wish is what an app asks for, with pairs that differ from the usual; an empty one is left out.
func wish(app wire.OAuthApp, pairs ...string) url.Values {
	v := url.Values{"response_type": {"code"}, "client_id": {app.ID.String()}, "redirect_uri": {lift}, "state": {"a state&"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	return v
}

// letIn is what a client of the API does that has asked by itself.
func (b *bundle) letIn(as person, v url.Values) answer {
	b.t.Helper()
	flat := map[string]string{}
	for name := range v {
		flat[name] = v.Get(name)
	}
	body, _ := json.Marshal(flat)
	return b.root(as, http.MethodPost, "/oauth/authorize", "application/json", string(body))
}

// code is a code that a user lets an app have.
func (b *bundle) code(as person, v url.Values) string {
	b.t.Helper()
	got := b.letIn(as, v)
	var said struct{ Redirect string }
	_ = json.Unmarshal(got.body, &said)
	to, err := url.Parse(said.Redirect)
	if got.status != http.StatusOK || err != nil || to.Query().Get("code") == "" {
		b.t.Fatalf("no code: %d %s", got.status, got.body)
	}
	return to.Query().Get("code")
}

// tokenError is how the token endpoint refuses.
type tokenError struct {
	Error string `json:"error"`
	ID    string `json:"id"`
}

func (a answer) refusal() (e tokenError) {
	_ = json.Unmarshal(a.body, &e)
	return e
}

// tokens is how an app asks for them.
func (b *bundle) tokens(app wire.OAuthApp, pairs ...string) answer {
	b.t.Helper()
	v := url.Values{"client_id": {app.ID.String()}, "client_secret": {app.ClientSecret}}
	if app.ClientSecret == "" {
		v.Del("client_secret")
	}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	return b.root(person{}, http.MethodPost, "/oauth/access_token", form, v.Encode())
}

func (b *bundle) exchange(app wire.OAuthApp, code string, pairs ...string) answer {
	b.t.Helper()
	return b.tokens(app, append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", lift}, pairs...)...)
}

func (b *bundle) refresh(app wire.OAuthApp, token string) answer {
	b.t.Helper()
	return b.tokens(app, "grant_type", "refresh_token", "refresh_token", token)
}

func (b *bundle) granted(got answer) (out wire.AccessResponse) {
	b.t.Helper()
	if err := json.Unmarshal(got.body, &out); err != nil || got.status != http.StatusOK || out.AccessToken == "" {
		b.t.Fatalf("no tokens: %d %s", got.status, got.body)
	}
	return out
}

// let is an app that a user has let in.
func (b *bundle) let(app wire.OAuthApp, as person) wire.AccessResponse {
	b.t.Helper()
	return b.granted(b.exchange(app, b.code(as, wish(app))))
}

// opens reports whether a token opens a session.
func (b *bundle) opens(token string) bool {
	b.t.Helper()
	return b.call(person{token: token}, http.MethodGet, "/users/me", nil).status == http.StatusOK
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
