package api_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// Programs follow links ahead of people: what a mailed link is good for is still there after it was looked at.
func TestLinksInMailsLeadToPagesThatUseNothingUp(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("ben@example.com")
	reset := p.link(p.mails("ben@example.com")[0])
	if got := p.invite(p.member, "", []string{"dan@example.com"}); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	invited := p.link(p.mails("dan@example.com")[0])
	browser := &http.Client{}
	for path, shows := range map[string]string{reset.RequestURI(): `data-path="/users/password/reset"`, "/do_verify_email?token=x&email=ben@example.com": `data-path="/users/email/verify"`,
		invited.RequestURI(): `data-path="/users"`, "/signup_user_complete?id=x": `data-path="/users"`} {
		got := p.open(browser, http.MethodGet, path)
		got.isPage(t, http.StatusOK)
		got.shows(t, shows)
		got.hides(t, reset.Query().Get("token"), invited.Query().Get("t"))
	}
	if got := p.reset(reset.Query().Get("token"), "bens-next-password"); got.status != http.StatusOK {
		t.Errorf("the link, after it was looked at: %d %s", got.status, got.body)
	}
	if got := p.signUp("dan", "dan@example.com", invited.Query().Get("t")); got.status != http.StatusCreated {
		t.Errorf("the invitation, after it was looked at: %d %s", got.status, got.body)
	}
}

func TestWhoIsSignedInIsAskedToJoinAsThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	b.open(browser, http.MethodGet, b.link()[len(b.url):])
	got := b.open(browser, http.MethodGet, "/signup_user_complete/?t=x")
	got.isPage(t, http.StatusOK)
	got.shows(t, "<strong>ada</strong>", `data-path="/teams/members/invite"`)
	got.hides(t, `data-path="/users"`)
}
