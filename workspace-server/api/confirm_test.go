package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (p *postal) verified(who person) bool {
	p.t.Helper()
	return must[wire.User](p.bundle, p.admin, http.MethodGet, "/users/"+who.id.String(), nil).EmailVerified
}

func (p *postal) confirm(token string) answer {
	p.t.Helper()
	return p.ask("/users/email/verify", map[string]string{"token": token})
}

func TestWhoChangesTheirAddressConfirmsItByAMailedLink(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.member, http.MethodPut, "/users/me/password", map[string]string{"new_password": "bens-password"})
	p.must(p.member, http.MethodPut, "/users/me/patch", map[string]string{"nickname": "Benny"})
	if got := p.mails(""); len(got) != 0 || !p.verified(p.member) {
		t.Fatalf("another name had mails sent: %+v", got)
	}
	p.must(p.member, http.MethodPut, "/users/me/patch", map[string]string{"email": "Benjamin@example.com", "password": "bens-password"})
	if p.verified(p.member) {
		t.Error("the new address is confirmed by nobody")
	}
	if got := p.mails("ben@example.com"); len(got) != 1 || got[0].Subject != "Your e-mail address at The Shed was changed" {
		t.Errorf("the address of before is told %+v", got)
	}
	token := p.mailed("benjamin@example.com", 1)
	if u := p.link(p.caught.Inbox("benjamin@example.com")[0]); u.Path != "/do_verify_email" || u.Query().Get("email") != "benjamin@example.com" {
		t.Errorf("the link is %s", u)
	}
	if got := p.reset(token, "bens-next-password"); got.status != http.StatusBadRequest {
		t.Errorf("the link sets a password: %d", got.status)
	}
	if got := p.confirm(token); got.status != http.StatusOK || !p.verified(p.member) {
		t.Fatalf("the link: %d %s", got.status, got.body)
	}
	if got := p.confirm(token); got.status != http.StatusBadRequest || got.error().ID != "api.user.verify_email.bad_link.app_error" {
		t.Errorf("the link once more: %d %s", got.status, got.body)
	}
}

func TestALinkConfirmsOnlyTheAddressThatItWasMailedTo(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	change := func(to string) {
		p.must(p.admin, http.MethodPut, "/users/"+p.member.id.String()+"/patch", map[string]string{"email": to})
	}
	change("first@example.com")
	first := p.mailed("first@example.com", 1)
	change("second@example.com")
	if got := p.confirm(first); got.status != http.StatusBadRequest || p.verified(p.member) {
		t.Errorf("a link to another address: %d", got.status)
	}
	p.mailed("second@example.com", 1)
	send := func(n int) string {
		if got := p.ask("/users/email/verify/send", map[string]string{"email": "second@example.com"}); got.status != http.StatusOK {
			t.Fatalf("another link: %d %s", got.status, got.body)
		}
		return p.mailed("second@example.com", n)
	}
	send(1) // it is too soon
	p.ahead = 2 * time.Minute
	if got := p.confirm(send(2)); got.status != http.StatusOK {
		t.Errorf("another link: %d %s", got.status, got.body)
	}
	p.ahead = 4 * time.Minute
	send(2) // it is confirmed
}

func TestNobodySignsInWithAnAddressThatIsNotConfirmedWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.api.Config.Settings().Mail.Confirmed = true
	dan := must[wire.User](p.bundle, p.admin, http.MethodPost, "/users", map[string]string{"username": "dan", "email": "dan@example.com", "password": "dans-password"})
	if got := p.login("dan", "dans-password"); got.status != http.StatusUnauthorized || got.error().ID != "api.user.login.not_verified.app_error" {
		t.Fatalf("sign-in before: %d %s", got.status, got.body)
	}
	if got := p.login("dan", "a-guess"); got.error().ID == "api.user.login.not_verified.app_error" {
		t.Error("who guesses learns that the address is not confirmed")
	}
	if got := p.confirm(p.mailed("dan@example.com", 1)); got.status != http.StatusOK {
		t.Fatalf("the link: %d %s", got.status, got.body)
	}
	if got := p.login("dan", "dans-password"); got.status != http.StatusOK {
		t.Errorf("sign-in after: %d %s", got.status, got.body)
	}
	p.must(p.admin, http.MethodPut, "/users/"+dan.ID.String()+"/patch", map[string]string{"email": "daniel@example.com"})
	if got := p.login("dan", "dans-password"); got.status != http.StatusUnauthorized {
		t.Errorf("sign-in with a new address: %d", got.status)
	}
	if got := p.call(p.member, http.MethodPost, "/users/"+dan.ID.String()+"/email/verify/member", nil); got.status != http.StatusForbidden {
		t.Errorf("another member confirms it: %d", got.status)
	}
	if got := must[wire.User](p.bundle, p.admin, http.MethodPost, "/users/"+dan.ID.String()+"/email/verify/member", nil); !got.EmailVerified || got.ID != dan.ID {
		t.Errorf("confirmed by an admin, it is %+v", got)
	}
	if got := p.login("dan", "dans-password"); got.status != http.StatusOK {
		t.Errorf("sign-in after the admin: %d %s", got.status, got.body)
	}
}

// Whoever sets a password by a mailed link has shown that they read the address.
func TestAResetConfirmsTheAddress(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.api.Config.Settings().Mail.Confirmed = true
	p.must(p.admin, http.MethodPost, "/users", map[string]string{"username": "dan", "email": "dan@example.com", "password": "dans-password"})
	p.forgot("dan@example.com")
	p.must(person{}, http.MethodPost, "/users/password/reset", map[string]string{"token": p.mailed("dan@example.com", 2), "new_password": "dans-next-password"})
	if got := p.login("dan", "dans-next-password"); got.status != http.StatusOK {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
}
