package protocol

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
	"golang.org/x/oauth2"
)

const lift = "https://lift.example.com/back"

func liftApp() *model.OAuthApp {
	return &model.OAuthApp{Name: "Lift", Description: "Goes up.", CallbackUrls: model.StringArray{lift}, Homepage: "https://lift.example.com"}
}

// One that the official client asks for all by itself.
func TestAnAppIsMadeLetInAndTakenBack(t *testing.T) {
	t.Parallel()
	_, ada, ben, _ := talk(t)
	ctx := t.Context()
	app := ok[*model.OAuthApp](t)(ada.CreateOAuthApp(ctx, liftApp()))
	app.Description = "Goes up and down."
	if got := ok[*model.OAuthApp](t)(ada.UpdateOAuthApp(ctx, app)); got.Description != app.Description || got.ClientSecret != app.ClientSecret {
		t.Errorf("changed, it is %+v", got)
	}
	app = ok[*model.OAuthApp](t)(ada.RegenerateOAuthAppSecret(ctx, app.Id))
	if got := ok[*model.OAuthApp](t)(ada.GetOAuthApp(ctx, app.Id)); got.ClientSecret != app.ClientSecret || got.ClientSecret == "" {
		t.Errorf("it is %+v", got)
	}
	if got := ok[*model.OAuthApp](t)(ben.GetOAuthAppInfo(ctx, app.Id)); got.ClientSecret != "" || got.Name != "Lift" {
		t.Errorf("others are told %+v", got)
	}
	_, answer, err := ben.GetOAuthApp(ctx, app.Id)
	refused(t, 403, answer, err)
	back := ok[string](t)(ben.AuthorizeOAuthApp(ctx, &model.AuthorizeRequest{ResponseType: model.AuthCodeResponseType, ClientId: app.Id, RedirectURI: lift, State: "s"}))
	to, err := url.Parse(back)
	if err != nil || !strings.HasPrefix(back, lift+"?") || to.Query().Get("state") != "s" {
		t.Fatalf("sent to %q (%v)", back, err)
	}
	form := url.Values{"grant_type": {model.AccessTokenGrantType}, "code": {to.Query().Get("code")}, "client_id": {app.Id}, "client_secret": {app.ClientSecret}, "redirect_uri": {lift}}
	nobody := model.NewAPIv4Client(ben.URL)
	token := ok[*model.AccessResponse](t)(nobody.GetOAuthAccessToken(ctx, form))
	nobody.SetOAuthToken(token.AccessToken)
	if me := ok[*model.User](t)(nobody.GetMe(ctx, "")); me.Id != ben.me.Id {
		t.Errorf("it is %s's", me.Username)
	}
	if list := ok[[]*model.OAuthApp](t)(ben.GetAuthorizedOAuthAppsForUser(ctx, "me", 0, 10)); len(list) != 1 || list[0].Id != app.Id {
		t.Errorf("let in are %+v", list)
	}
	if _, err := ben.DeauthorizeOAuthApp(ctx, app.Id); err != nil {
		t.Fatal(err)
	}
	_, answer, err = nobody.GetMe(ctx, "")
	refused(t, 401, answer, err)
	_, answer, err = nobody.GetOAuthAccessToken(ctx, form)
	if e := refused(t, 400, answer, err); e.Id != "api.oauth.get_access_token.expired_code.app_error" {
		t.Errorf("the code again: %v", e)
	}
	if _, err := ada.DeleteOAuthApp(ctx, app.Id); err != nil {
		t.Fatal(err)
	}
	if list := ok[[]*model.OAuthApp](t)(ada.GetOAuthApps(ctx, 0, 10)); len(list) != 0 {
		t.Errorf("left are %+v", list)
	}
}

var field = regexp.MustCompile(`name="(once|csrf)" value="([^"]*)"`)

// browse goes where an app sends a person, who signs in and lets it in, and answers where they are sent back.
func browse(t *testing.T, at, login, password string) *url.URL {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), lift) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	sent := func(resp *http.Response, err error) (secret string, to *url.URL) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		text := body(t, resp)
		if to, err = resp.Location(); err == nil {
			return "", to
		}
		m := field.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%s: %d %s", resp.Request.URL.Path, resp.StatusCode, text)
		}
		return m[2], nil
	}
	once, _ := sent(browser.Get(at))
	csrf, to := sent(browser.PostForm(at, url.Values{"login_id": {login}, "password": {password}, "once": {once}}))
	if to == nil { // who let it in before is not asked again
		_, to = sent(browser.PostForm(at, url.Values{"csrf": {csrf}, "answer": {"allow"}}))
	}
	if to == nil {
		t.Fatal("asked again")
	}
	return to
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The library that Go programs use goes the whole way, as it finds out by itself how an app says which it is, in the header, and in the form;
// with a proof key, and until the token is renewed by itself.
func TestALibraryOfOAuthGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t, "MM_LOGSETTINGS_CONSOLELEVEL=DEBUG")
	ctx := t.Context()
	app := ok[*model.OAuthApp](t)(ada.CreateOAuthApp(ctx, liftApp()))
	secrets := []string{app.ClientSecret}
	for name, style := range map[string]oauth2.AuthStyle{"by itself": oauth2.AuthStyleAutoDetect, "in the header": oauth2.AuthStyleInHeader, "in the form": oauth2.AuthStyleInParams} {
		t.Run(name, func(t *testing.T) {
			c := &oauth2.Config{ClientID: app.Id, ClientSecret: app.ClientSecret, RedirectURL: lift, Scopes: []string{"user"},
				Endpoint: oauth2.Endpoint{AuthURL: w.url + "/oauth/authorize", TokenURL: w.url + "/oauth/access_token", AuthStyle: style}}
			verifier := oauth2.GenerateVerifier()
			to := browse(t, c.AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier)), "ben", "bens-password")
			if to.Query().Get("state") != "a state" {
				t.Fatalf("sent back to %s", to)
			}
			token, err := c.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(verifier))
			if err != nil || !token.Valid() || token.RefreshToken == "" || token.Expiry.Before(time.Now().Add(time.Hour)) {
				t.Fatalf("%+v (%v)", token, err)
			}
			whoAmI(t, c.Client(ctx, token), w.url, ben.me.Id)
			before := *token
			token.Expiry = time.Now().Add(-time.Second)
			source := c.TokenSource(ctx, token)
			renewed, err := source.Token()
			if err != nil || renewed.AccessToken == before.AccessToken || renewed.RefreshToken == before.RefreshToken {
				t.Fatalf("renewed as %+v (%v)", renewed, err)
			}
			whoAmI(t, oauth2.NewClient(ctx, source), w.url, ben.me.Id)
			secrets = append(secrets, to.Query().Get("code"), before.AccessToken, before.RefreshToken, renewed.AccessToken, verifier)
			_, err = c.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(verifier))
			var told *oauth2.RetrieveError
			if !errors.As(err, &told) || told.ErrorCode != "invalid_grant" || told.ErrorDescription == "" {
				t.Errorf("the code again: %v", err)
			}
			if _, err := c.TokenSource(ctx, &oauth2.Token{RefreshToken: renewed.RefreshToken}).Token(); err == nil {
				t.Error("what came of it is renewed all the same")
			}
		})
	}
	for _, secret := range secrets {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

func whoAmI(t *testing.T, c *http.Client, site, want string) {
	t.Helper()
	resp, err := c.Get(site + "/api/v4/users/me")
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, resp); resp.StatusCode != http.StatusOK || !strings.Contains(text, want) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// An app that registers itself finds all that it needs at one address, and proves by a key that it is the one that asked.
func TestAnAppRegistersItselfAndIsLetIn(t *testing.T) {
	t.Parallel()
	w, _, ben, _ := talk(t, "MM_SERVICESETTINGS_ENABLEDYNAMICCLIENTREGISTRATION=true")
	ctx := t.Context()
	resp, err := http.Get(w.url + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	var m model.AuthorizationServerMetadata
	decoder := json.NewDecoder(strings.NewReader(body(t, resp)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if m.Issuer != w.url || m.RegistrationEndpoint != w.url+"/api/v4/oauth/apps/register" || m.TokenEndpoint != w.url+"/oauth/access_token" {
		t.Fatalf("%+v", m)
	}
	nobody := model.NewAPIv4Client(w.url)
	made := ok[*model.ClientRegistrationResponse](t)(nobody.RegisterOAuthClient(ctx, &model.ClientRegistrationRequest{RedirectURIs: []string{lift}, ClientName: model.NewPointer("Self"), TokenEndpointAuthMethod: model.NewPointer("none")}))
	c := &oauth2.Config{ClientID: made.ClientID, RedirectURL: lift, Endpoint: oauth2.Endpoint{AuthURL: m.AuthorizationEndpoint, TokenURL: m.TokenEndpoint, AuthStyle: oauth2.AuthStyleInParams}}
	verifier := oauth2.GenerateVerifier()
	to := browse(t, c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "ben", "bens-password")
	if _, err := c.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
		t.Error("another key is taken")
	}
	token, err := c.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil || token.RefreshToken != "" {
		t.Fatalf("%+v (%v)", token, err)
	}
	whoAmI(t, c.Client(ctx, token), w.url, ben.me.Id)
}
