package api_test

import (
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
)

// untilSomebodyWaits returns once a transaction in the workspace's database waits for another.
func (b *bundle) untilSomebodyWaits() {
	b.t.Helper()
	b.untilSomebodyWaitsOr(nil)
}

// untilSomebodyWaitsOr is that, or what came before.
func (b *bundle) untilSomebodyWaitsOr(came chan answer) {
	b.t.Helper()
	conn := b.db()
	for waiting := false; !waiting && len(came) == 0; {
		err := conn.QueryRow(b.t.Context(), "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')").Scan(&waiting)
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// holding has something go on while somebody else changes the row of a user, and answers what came of it once that is committed.
func (b *bundle) holding(who person, change string, goesOn func() answer) answer {
	b.t.Helper()
	tx, err := b.db().Begin(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	exec := func(tx pgx.Tx, sql string) {
		if _, err := tx.Exec(b.t.Context(), sql, who.id); err != nil {
			b.t.Fatal(err)
		}
	}
	exec(tx, "select from users where id = $1 for no key update")
	came := make(chan answer, 1)
	go func() { came <- goesOn() }()
	b.untilSomebodyWaitsOr(came)
	exec(tx, change)
	if err := tx.Commit(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return <-came
}

// Whoever knew the password of before, and sent it just before it was changed, would be in for as long as a session lasts.
func TestAPasswordThatIsChangedMeanwhileSignsNobodyIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.api.Users.ResetPassword(t.Context(), b.member.id, "bens-password"); err != nil {
		t.Fatal(err)
	}
	got := b.holding(b.member, "update users set password_hash = 'another' where id = $1", func() answer { return b.login("ben", "bens-password") })
	if got.status != http.StatusUnauthorized || got.error().ID != "api.user.login.invalid_credentials_email_username" || got.header.Get("Token") != "" {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
}

// Otherwise somebody could have an address confirmed that they don't read.
func TestAnAddressThatIsChangedMeanwhileIsNotConfirmedByTheLinkOfBefore(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	if _, err := p.db().Exec(t.Context(), "update users set email_verified = false where id = $1", p.member.id); err != nil {
		t.Fatal(err)
	}
	if got := p.ask("/users/email/verify/send", map[string]string{"email": "ben@example.com"}); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	token := p.mailed("ben@example.com", 1)
	got := p.holding(p.member, "update users set email = 'ada@example.org' where id = $1", func() answer { return p.confirm(token) })
	if got.status != http.StatusBadRequest || p.verified(p.member) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// Who patches a profile changes nothing of it that somebody else changes meanwhile: that the address was confirmed, for one.
func TestAProfileKeepsWhatIsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.db().Exec(t.Context(), "update users set email_verified = false where id = $1", b.member.id); err != nil {
		t.Fatal(err)
	}
	got := b.holding(b.member, "update users set email_verified = true, first_name = 'Benjamin' where id = $1", func() answer {
		return b.call(b.member, http.MethodPut, "/users/me/patch", map[string]string{"nickname": "Benny"})
	})
	u := must[struct {
		EmailVerified bool   `json:"email_verified"`
		FirstName     string `json:"first_name"`
		Nickname      string
	}](b, b.admin, http.MethodGet, "/users/"+b.member.id.String(), nil)
	if got.status != http.StatusOK || !u.EmailVerified || u.FirstName != "Benjamin" || u.Nickname != "Benny" {
		t.Errorf("%d %s, and then %+v", got.status, got.body, u)
	}
}

// An address that is sent along as it was is no other one when the account's has moved on: nothing is changed back without the password.
func TestAnAddressThatIsChangedMeanwhileIsNotChangedBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.holding(b.member, "update users set email = 'ben@example.org' where id = $1", func() answer {
		return b.call(b.member, http.MethodPut, "/users/me/patch", map[string]string{"email": "ben@example.com"})
	})
	if got.status != http.StatusBadRequest || got.error().ID != "api.user.patch_user.incorrect_password.app_error" {
		t.Errorf("%d %s", got.status, got.body)
	}
}
