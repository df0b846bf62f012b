package api_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
)

// open asks for an address as a browser does.
func (b *bundle) open(browser *http.Client, method, path string, header ...string) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := browser.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	out, _ := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, out}
}

// isPage fails unless an answer is a page for people, under its policy.
func (a answer) isPage(t *testing.T, status int) {
	t.Helper()
	policy := a.header.Get("Content-Security-Policy")
	if a.status != status || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || !strings.Contains(policy, "default-src 'none'") ||
		strings.Contains(policy, "unsafe") || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
		a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func (a answer) shows(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(string(a.body), text) {
			t.Errorf("the page does not show %q: %s", text, a.body)
		}
	}
}

func (a answer) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(string(a.body), text) {
			t.Errorf("the page shows %q", text)
		}
	}
}

func TestTheFrontPageTellsAStrangerWhereToConnectAndNothingOfAnybody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.api.Config.Settings().SiteURL, _ = url.Parse("https://timber.example.com")
	for name, header := range map[string][]string{"no session": nil, "no good session": {"Cookie", "MMAUTHTOKEN=" + strings.Repeat("y", 26)}} {
		t.Run(name, func(t *testing.T) {
			page := b.open(http.DefaultClient, http.MethodGet, "/", header...)
			page.isPage(t, http.StatusOK)
			page.shows(t, "https://timber.example.com</code>", "Mattermost")
			page.hides(t, "ada", "ben", "example.com</strong>", "<form", "Sign out")
		})
	}
}

func TestWhoComesByALinkSetsAPasswordOnceOnTheFrontPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	browser, cookies := b.browser()
	page := b.open(browser, http.MethodGet, "/")
	page.isPage(t, http.StatusOK)
	page.shows(t, "Set a password</h2>", `<div id="current-part" hidden>`, "<dd>ada</dd>", "<dd>ada@example.com</dd>", b.url+"</code>", "Sign out", "<noscript>")
	set := func(csrf, current, next string) int {
		body := `{"current_password":"` + current + `","new_password":"` + next + `"}`
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, b.url+"/api/v4/users/me/password", strings.NewReader(body))
		request.Header.Set("X-CSRF-Token", csrf)
		answer, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := set("", "", "first-password"); got != http.StatusUnauthorized {
		t.Fatalf("a foreign page set a password: %d", got)
	}
	if got := set(cookies["MMCSRF"], "", "first-password"); got != http.StatusOK {
		t.Fatalf("first password: %d", got)
	}
	page = b.open(browser, http.MethodGet, "/")
	page.shows(t, "Change your password</h2>", `<div id="current-part" >`)
	page.hides(t, "Set a password")
	if got := set(cookies["MMCSRF"], "", "second-password"); got != http.StatusBadRequest {
		t.Fatalf("second password without the first: %d", got)
	}
	if got := b.login("ada@example.com", "first-password").status; got != http.StatusOK {
		t.Fatalf("login by e-mail address: %d", got)
	}
}

func TestTheFrontPageEscapesWhatPeopleChose(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.api.Config.Settings().SiteName = `<b>Ada & Sons</b>`
	if _, err := b.api.Users.FirstAdmin(t.Context(), `o'hara&co@example.com`, "ohara"); err != nil {
		t.Fatal(err)
	}
	user, err := b.api.DB.UserByEmail(t.Context(), `o'hara&co@example.com`)
	if err != nil {
		t.Fatal(err)
	}
	page := b.open(http.DefaultClient, http.MethodGet, "/", "Cookie", "MMAUTHTOKEN="+b.signIn(user.ID).token)
	page.shows(t, "&lt;b&gt;Ada &amp; Sons&lt;/b&gt;</h1>", "<dd>o&#39;hara&amp;co@example.com</dd>")
	page.hides(t, "<b>", "o'hara")
}

func TestAUsedOrInventedSignInLinkSaysSoToPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	used := strings.TrimPrefix(b.link(), b.url)
	b.follow(b.url + used)
	for name, path := range map[string]string{"used": used, "invented": sessions.LinkPath + "?t=" + strings.Repeat("y", 26), "empty": sessions.LinkPath} {
		page := b.open(http.DefaultClient, http.MethodGet, path)
		page.isPage(t, http.StatusGone)
		page.shows(t, "This link is used up", "Ask for a new one")
		if page.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: it signs somebody in", name)
		}
	}
}

func TestPageFilesAreAskedForAgainOnlyWhenTheyChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, kind := range map[string]string{"page.css": "text/css", "page.js": "text/javascript", "longhouse.svg": "image/svg+xml"} {
		file := b.open(http.DefaultClient, http.MethodGet, front.FilesPath+name)
		tag := file.header.Get("ETag")
		if file.status != http.StatusOK || !strings.HasPrefix(file.header.Get("Content-Type"), kind) || tag == "" || len(file.body) == 0 ||
			file.header.Get("Cache-Control") != "no-cache" || file.header.Get("Expires") != "" || file.header.Get("X-Content-Type-Options") != "nosniff" ||
			file.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v", name, file.status, file.header)
		}
		if got := b.open(http.DefaultClient, http.MethodGet, front.FilesPath+name, "If-None-Match", tag); got.status != http.StatusNotModified || len(got.body) != 0 {
			t.Errorf("%s, unchanged: %d", name, got.status)
		}
		if got := b.open(http.DefaultClient, http.MethodHead, front.FilesPath+name); got.status != http.StatusOK || got.header.Get("ETag") != tag {
			t.Errorf("HEAD %s: %d", name, got.status)
		}
	}
	for _, name := range []string{"", "none.js", "..%2fparts%2fframe.html", "%2e%2e/parts/frame.html", "../../home.go"} {
		if got := b.open(http.DefaultClient, http.MethodGet, front.FilesPath+name); got.status != http.StatusNotFound || got.error().Message == "" {
			t.Errorf("%q: %d %s", name, got.status, got.body)
		}
	}
}
