package tenants

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestASessionEndsAfter30Days(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.move(30*24*time.Hour - time.Second)
	if again, err := b.store.Identify(t.Context(), done.Session); err != nil || again.Name() != p.Name() {
		t.Errorf("%+v %v", again, err)
	}
	b.move(time.Second)
	_, err := b.store.Identify(t.Context(), done.Session)
	b.refused(err, Unauthenticated, "sign in again")
}

func TestSigningOutEndsThisSessionOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	_, other, err := b.store.SignIn(t.Context(), " Engines@Example.com ", password, "test")
	b.must(err)
	b.must(b.store.SignOut(t.Context(), p))
	_, err = b.store.Identify(t.Context(), done.Session)
	b.refused(err, Unauthenticated, "unknown")
	_, err = b.store.Identify(t.Context(), other)
	b.must(err)
}

func TestAWrongAddressAndAWrongPasswordAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("engines")
	sessions := b.count("sessions")
	_, _, one := b.store.SignIn(t.Context(), "engines@example.com", "not the password", "")
	_, _, other := b.store.SignIn(t.Context(), "nobody@example.com", password, "")
	b.refused(one, Unauthenticated, "the e-mail address or the password is wrong")
	if one.Error() != other.Error() || b.count("sessions") != sessions {
		t.Errorf("%v and %v", one, other)
	}
}

func TestAPasswordIsKeptAsASaltedArgon2idHash(t *testing.T) {
	t.Parallel()
	hash := func() string {
		h, err := hashPassword(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	one, other := hash(), hash()
	if one == other || !strings.HasPrefix(one, "$argon2id$v=19$m=64,t=3,p=4$") || strings.Contains(one, password) {
		t.Errorf("%s\n%s", one, other)
	}
	for _, c := range []struct {
		password, hash string
		match          bool
	}{
		{password, one, true}, {password + "x", one, false}, {"", one, false}, {password, "", false}, {"", "", false},
		{password, "$argon2id$v=19$m=64,t=3,p=4$$", false}, {password, "plain", false}, {"plain", "plain", false},
	} {
		if got, err := matches(t.Context(), c.password, c.hash); got != c.match || err != nil {
			t.Errorf("%q and %q: %t %v", c.password, c.hash, got, err)
		}
	}
}

// TestSigningInAndSigningUpDoNotWaitForEachOther fills one lane at a time: who is in it is sent away when the wait takes
// too long, and the other lane goes on.
func TestSigningInAndSigningUpDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	signIn := func(ctx context.Context) error { _, err := matches(ctx, password, ""); return err }
	signUp := func(ctx context.Context) error { _, err := hashPassword(ctx, password); return err }
	for _, c := range []struct {
		full        lane
		stuck, free func(context.Context) error
	}{{signingIn, signIn, signUp}, {signingUp, signUp, signIn}} {
		for range cap(c.full) {
			c.full <- struct{}{}
		}
		stuck, free := c.stuck(impatient), c.free(t.Context())
		for range cap(c.full) {
			<-c.full
		}
		b.refused(stuck, Exhausted, "try again")
		b.must(free)
	}
}

func TestATokenOpensOnlyItsTenantWithinItsScopes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	b.confirm(owner)
	other, stranger := b.signUp("other")
	_, err := b.store.SetMember(t.Context(), stranger, other.Tenant.ID, "engines@example.com", Owner)
	b.must(err)
	b.must(b.store.Authorize(t.Context(), owner, other.Tenant.ID, ReadTenant))
	_, secret, err := b.store.CreateToken(t.Context(), owner, done.Tenant.ID, NewToken{Name: "x", Scopes: []Permission{ReadTenant, WriteTokens}})
	b.must(err)
	p, err := b.store.Identify(t.Context(), secret)
	b.must(err)
	b.must(b.store.Authorize(t.Context(), p, done.Tenant.ID, ReadTenant))
	b.refused(b.store.Authorize(t.Context(), p, done.Tenant.ID, DeleteWorkspace), Forbidden, "scopes")
	b.refused(b.store.Authorize(t.Context(), p, other.Tenant.ID, ReadTenant), NotFound, "no such tenant")
	_, _, err = b.store.CreateToken(t.Context(), p, done.Tenant.ID, NewToken{Name: "y", Scopes: []Permission{DeleteWorkspace}})
	b.refused(err, Forbidden, "lacks")
}

func TestATokenMayNoMoreThanItsPersonMayNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	friend := b.person("friend")
	_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "friend@example.com", Admin)
	b.must(err)
	_, secret, err := b.store.CreateToken(t.Context(), friend, done.Tenant.ID, NewToken{Name: "x", Scopes: Permissions})
	b.must(err)
	p, err := b.store.Identify(t.Context(), secret)
	b.must(err)
	b.refused(b.store.Authorize(t.Context(), p, done.Tenant.ID, DeleteWorkspace), Forbidden, "role admin")
	b.must(b.store.RemoveMember(t.Context(), owner, done.Tenant.ID, friend.Person))
	b.refused(b.store.Authorize(t.Context(), p, done.Tenant.ID, ReadTenant), NotFound, "no such tenant")
}

func TestATokenEndsWhenItExpiresOrIsRevoked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	other, stranger := b.signUp("other")
	brief, briefSecret, err := b.store.CreateToken(t.Context(), owner, done.Tenant.ID, NewToken{Name: "brief", Scopes: []Permission{ReadTenant}, Expires: time.Hour})
	b.must(err)
	long, longSecret, err := b.store.CreateToken(t.Context(), owner, done.Tenant.ID, NewToken{Name: "long", Scopes: []Permission{ReadTenant}})
	b.must(err)
	b.move(time.Hour)
	_, err = b.store.Identify(t.Context(), briefSecret)
	b.refused(err, Unauthenticated, "expired")
	_, err = b.store.Identify(t.Context(), longSecret)
	b.must(err)
	b.refused(b.store.RevokeToken(t.Context(), stranger, other.Tenant.ID, long.ID), NotFound, "no such API token")
	b.must(b.store.RevokeToken(t.Context(), owner, done.Tenant.ID, long.ID))
	_, err = b.store.Identify(t.Context(), longSecret)
	b.refused(err, Unauthenticated, "revoked")
	list, err := b.store.Tokens(t.Context(), done.Tenant.ID, Page{Limit: 10})
	b.must(err)
	if len(list) != 0 {
		t.Errorf("%v and %v should be gone: %+v", brief.ID, long.ID, list)
	}
}

func TestASecretIsStoredAsItsHashOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	if n := b.count("sessions where token_hash = sha256($1::bytea)", []byte(done.Session)); n != 1 {
		t.Error("the session is not stored as its SHA-256")
	}
	if !strings.HasPrefix(done.Session, sessionPrefix) || len(done.Session) != len(sessionPrefix)+43 {
		t.Errorf("%q has not 256 bits", done.Session)
	}
}

func TestAnOperatorLooksAndRunsAndNeverEnters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	secret, err := b.store.EnsureOperator(t.Context(), "local")
	b.must(err)
	p, err := b.store.Identify(t.Context(), secret)
	b.must(err)
	for _, want := range Permissions {
		err := b.store.Authorize(t.Context(), p, done.Tenant.ID, want)
		if may := slices.Contains([]Permission{ReadTenant, OperateWorkspace, DeleteWorkspace, ReadCertificates, ReadIPFilter, WriteIPFilter, ReadDomains, ReadBackups, WriteBackups}, want); may != (err == nil) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestAConfirmationWorksOnceAndForADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	_, late, err := b.store.NewConfirmation(t.Context(), done.Person)
	b.must(err)
	b.move(24 * time.Hour)
	b.refused(b.store.Confirm(t.Context(), late), NotFound, "expired")
	_, secret, err := b.store.NewConfirmation(t.Context(), done.Person)
	b.must(err)
	b.must(b.store.Confirm(t.Context(), secret))
	b.refused(b.store.Confirm(t.Context(), secret), NotFound, "used already")
	if _, again, err := b.store.NewConfirmation(t.Context(), done.Person); err != nil || again != "" {
		t.Errorf("a confirmed address gets another mail: %v", err)
	}
}
