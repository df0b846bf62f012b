package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// Otherwise whoever sits at somebody's device, or at an admin's, could do that unseen.
func TestPeopleAreToldOfTheirSecondFactor(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	w := &wary{bundle: p.bundle, now: p.now()}
	p.api.Users.Now = w.clock
	const ben = "ben@example.com"
	told := func(n int, subject string) {
		t.Helper()
		got := p.mails(ben)
		if len(got) != n || (n > 0 && !strings.HasPrefix(got[0].Subject, subject)) {
			t.Fatalf("%d mails came, want %d, the last of which begins with %q: %+v", len(got), n, subject, got)
		}
	}
	drop := map[string]any{"activate": false}
	w.must(w.member, http.MethodPut, "/users/me/mfa", drop)
	w.must(w.member, http.MethodPost, "/users/me/mfa/generate", nil)
	w.call(w.member, http.MethodPut, "/users/me/mfa", map[string]any{"activate": true, "code": "000000x"})
	told(0, "")
	w.takeUp()
	told(1, "A second factor was set up")
	if text := p.mails(ben)[0].Text; !strings.Contains(text, "Your account ben at The Shed") || strings.Contains(text, w.secret) {
		t.Errorf("it says %q", text)
	}
	w.must(w.admin, http.MethodPut, w.user(w.member)+"/mfa", drop)
	told(2, "The second factor of your account")
	w.must(w.admin, http.MethodPut, w.user(w.member)+"/mfa", drop)
	told(2, "The second factor of your account")
	w.takeUp()
	w.must(w.member, http.MethodPut, "/users/me/mfa", drop)
	told(4, "The second factor of your account")
}

func TestNobodyIsMailedOfASecondFactorWhoseAddressMustBeConfirmedFirst(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	w := &wary{bundle: p.bundle, now: p.now()}
	p.api.Users.Now = w.clock
	p.api.Config.Settings().Mail.Confirmed = true
	if _, err := w.db().Exec(t.Context(), "update users set email_verified = false where id = $1", w.member.id); err != nil {
		t.Fatal(err)
	}
	w.takeUp()
	if got := p.mails("ben@example.com"); len(got) != 0 {
		t.Errorf("mailed: %+v", got)
	}
}
