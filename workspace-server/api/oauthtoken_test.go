package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAnAppSaysInOnePlaceWhoItIsAndWhatItWants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	code := b.code(b.member, wish(app))
	whole := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {lift}}
	ask := func(name, secret, kind, body string) answer {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/oauth/access_token", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", kind)
		if name != "" {
			request.SetBasicAuth(name, secret)
		}
		return b.send(request)
	}
	both := whole.Encode() + "&client_secret=" + app.ClientSecret
	for name, c := range map[string]struct {
		got    answer
		status int
		code   string
	}{
		"a wrong secret":            {ask(app.ID.String(), "x", form, whole.Encode()), http.StatusUnauthorized, "invalid_client"},
		"a header without a secret": {ask(app.ID.String(), "", form, whole.Encode()), http.StatusUnauthorized, "invalid_client"},
		"a header of no app":        {ask("x", "x", form, whole.Encode()), http.StatusUnauthorized, "invalid_client"},
		"in both":                   {ask(app.ID.String(), app.ClientSecret, form, both), http.StatusBadRequest, "invalid_request"},
		"as another":                {ask(app.ID.String(), app.ClientSecret, form, whole.Encode()+"&client_id="+b.team.ID.String()), http.StatusBadRequest, "invalid_request"},
		"as JSON":                   {ask(app.ID.String(), app.ClientSecret, "application/json", `{"grant_type":"authorization_code"}`), http.StatusBadRequest, "invalid_request"},
		"two codes":                 {ask(app.ID.String(), app.ClientSecret, form, whole.Encode()+"&code=x"), http.StatusBadRequest, "invalid_request"},
		"another grant":             {b.tokens(app, "grant_type", "password", "username", "ben"), http.StatusBadRequest, "unsupported_grant_type"},
		"no grant":                  {b.tokens(app), http.StatusBadRequest, "unsupported_grant_type"},
		"no code":                   {b.tokens(app, "grant_type", "authorization_code"), http.StatusBadRequest, "invalid_request"},
		"no token":                  {b.tokens(app, "grant_type", "refresh_token"), http.StatusBadRequest, "invalid_request"},
		"in the address":            {b.root(person{}, http.MethodPost, "/oauth/access_token?client_id="+app.ID.String()+"&client_secret="+app.ClientSecret, form, whole.Encode()), http.StatusUnauthorized, "invalid_client"},
		"for another use":           {b.exchange(app, code, "resource", "https://other.example.com"), http.StatusBadRequest, "invalid_target"},
	} {
		if c.got.status != c.status || c.got.refusal().Error != c.code || c.got.refusal().ID == "" || c.got.header.Get("Cache-Control") != "no-store" || strings.Contains(string(c.got.body), app.ClientSecret) {
			t.Errorf("%s: %d %v %s", name, c.got.status, c.got.header, c.got.body)
		}
		if asked := c.got.header.Get("WWW-Authenticate"); (asked != "") != (name == "a wrong secret" || strings.HasPrefix(name, "a header")) {
			t.Errorf("%s: it is asked for %q", name, asked)
		}
	}
	b.granted(ask(app.ID.String(), app.ClientSecret, form, whole.Encode()))
}

func TestATokenKeepsWhatItWasAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := b.lift()
	const resource = "https://tools.example.com/mcp"
	token := b.granted(b.exchange(app, b.code(b.member, wish(app, "resource", resource)), "resource", resource))
	renewed := b.granted(b.refresh(app, token.RefreshToken))
	if token.Audience != resource || renewed.Audience != resource {
		t.Errorf("for %q, and then %q", token.Audience, renewed.Audience)
	}
}
