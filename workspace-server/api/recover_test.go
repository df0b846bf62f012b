package api_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func (p *postal) forgot(address string) {
	p.t.Helper()
	if got := p.ask("/users/password/reset/send", map[string]string{"email": address}); got.status != http.StatusOK || string(got.body) != `{"status":"OK"}` {
		p.t.Fatalf("a reset for %s answers %d %s", address, got.status, got.body)
	}
}

func (p *postal) reset(token, next string) answer {
	p.t.Helper()
	return p.ask("/users/password/reset", map[string]string{"token": token, "new_password": next})
}

func (p *postal) wantUsed(what string, got answer) {
	p.t.Helper()
	if got.status != http.StatusBadRequest || got.error().ID != "api.user.reset_password.invalid_link.app_error" {
		p.t.Errorf("%s: %d %s", what, got.status, got.body)
	}
}

func TestAForgottenPasswordIsSetByAMailedLinkOnce(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("BEN@example.com")
	token := p.mailed("ben@example.com", 1)
	if m := p.caught.Inbox("ben@example.com")[0]; m.From != "no-reply@example.com" || m.Subject != "Set a new password for The Shed" || p.link(m).Path != "/reset_password_complete" {
		t.Errorf("the mail is %+v", m)
	}
	if got := p.reset(token, "short"); got.error().ID != "model.user.is_valid.pwd_min_length.app_error" {
		t.Fatalf("a short password: %s", got.body)
	}
	if got := p.reset(token, "bens-next-password"); got.status != http.StatusOK {
		t.Fatalf("the link, after a password that was refused: %d %s", got.status, got.body)
	}
	if got := p.login("ben", "bens-next-password"); got.status != http.StatusOK {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
	if got := p.call(p.member, http.MethodGet, "/users/me", nil).status; got != http.StatusUnauthorized {
		t.Errorf("a session of before answers %d", got)
	}
	p.wantUsed("the link once more", p.reset(token, "bens-other-password"))
	p.wantUsed("a token that nobody made", p.reset("nobodys", "bens-other-password"))
}

func TestAResetTellsNobodyWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	bot := must[struct{ Username string }](p.bundle, p.admin, http.MethodPost, "/bots", map[string]string{"username": "lift"})
	if err := p.api.Users.ResetPassword(t.Context(), p.outside.id, "cys-password"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.api.Users.SetActive(t.Context(), p.outside.id, false); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"nobody@example.com", bot.Username + "@localhost", "cy@example.com", "no address", "a@example.com\r\nBcc: eve@example.com"} {
		p.forgot(address)
	}
	if got := p.mails(""); len(got) != 0 {
		t.Errorf("mails went to %+v", got)
	}
	if got := p.ask("/users/password/reset/send", map[string]string{}); got.status != http.StatusBadRequest {
		t.Errorf("without an address: %d", got.status)
	}
}

// Without an account as much is written as with one, so that the time which it takes tells nothing.
func TestAResetForNobodyWritesAsMuch(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("nobody@example.com")
	var size, rows int
	if err := p.db().QueryRow(t.Context(), "select pg_relation_size('outbox'), (select count(*) from outbox)").Scan(&size, &rows); err != nil || size == 0 || rows != 0 {
		t.Errorf("the outbox took %d bytes, for %d mails (%v)", size, rows, err)
	}
}

func TestAMailedLinkWorksOnceHoweverManyCome(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("ben@example.com")
	token := p.mailed("ben@example.com", 1)
	var set atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			switch got := p.reset(token, "bens-next-password"); got.status {
			case http.StatusOK:
				set.Add(1)
			case http.StatusBadRequest:
			default:
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	if set.Load() != 1 {
		t.Errorf("%d set the password", set.Load())
	}
}

func TestAnAddressIsMailedOneResetAMinute(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("ben@example.com")
	p.forgot("ben@example.com")
	p.forgot("ada@example.com")
	first := p.mailed("ben@example.com", 1)
	if got := p.mails("ada@example.com"); len(got) != 1 {
		t.Errorf("ada was kept waiting: %+v", got)
	}
	p.ahead = time.Minute + time.Second
	p.forgot("ben@example.com")
	second := p.mailed("ben@example.com", 2)
	if got := p.reset(first, "bens-next-password"); got.status != http.StatusOK {
		t.Fatalf("the first link, while it is good: %s", got.body)
	}
	p.wantUsed("another link, after the password was set", p.reset(second, "bens-other-password"))
}

func TestAMailedLinkIsWorthlessAfterADayOrAnotherPasswordOrAddress(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("ben@example.com")
	late := p.mailed("ben@example.com", 1)
	p.ahead = 24*time.Hour + time.Second
	p.wantUsed("a day later", p.reset(late, "bens-next-password"))
	p.member = p.signIn(p.member.id) // the old one has expired
	p.forgot("ben@example.com")
	before := p.mailed("ben@example.com", 2)
	p.must(p.member, http.MethodPut, "/users/me/password", map[string]string{"new_password": "bens-own-password"})
	p.wantUsed("after the password was changed", p.reset(before, "bens-next-password"))
	p.ahead += 2 * time.Minute
	p.forgot("ben@example.com")
	moved := p.mailed("ben@example.com", 3)
	p.must(p.member, http.MethodPut, "/users/me/patch", map[string]string{"email": "benjamin@example.com", "password": "bens-own-password"})
	p.wantUsed("after the address was changed", p.reset(moved, "bens-next-password"))
	if err := p.api.Users.ForgetMailedLinks(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int
	if err := p.db().QueryRow(t.Context(), "select count(*) from mailed_links where expires_at <= $1", p.now().UnixMilli()).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d expired links are kept (%v)", kept, err)
	}
}

// The database alone opens nothing: it has the digests of tokens, and texts only until they are sent.
func TestTokensAreInTheDatabaseNoLongerThanTheirMails(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.forgot("ben@example.com")
	waiting := p.dump()
	token := p.mailed("ben@example.com", 1)
	if !strings.Contains(waiting, token) {
		t.Fatal("the promised mail is nowhere")
	}
	if strings.Contains(p.dump(), token) {
		t.Error("the token is still in the database after its mail was sent")
	}
}

func (p *postal) dump() string {
	p.t.Helper()
	var text string
	const all = `select coalesce((select string_agg(o::text, '') from outbox o), '') || coalesce((select string_agg(l::text, '') from mailed_links l), '') || coalesce((select string_agg(i::text, '') from invitations i), '')`
	if err := p.db().QueryRow(p.t.Context(), all).Scan(&text); err != nil {
		p.t.Fatal(err)
	}
	return text
}

func TestWithoutAMailServerNothingIsPromised(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/users/password/reset/send", "/users/email/verify/send"} {
		if got := b.call(person{}, http.MethodPost, path, map[string]string{"email": "ben@example.com"}); got.status != http.StatusNotImplemented {
			t.Errorf("%s answers %d %s", path, got.status, got.body)
		}
	}
	if got := b.call(b.member, http.MethodPost, "/teams/"+b.team.ID.String()+"/invite/email", []string{"dan@example.com"}); got.status != http.StatusNotImplemented || got.error().ID != "api.team.invite_members.disabled.app_error" {
		t.Errorf("an invitation answers %d %s", got.status, got.body)
	}
}
