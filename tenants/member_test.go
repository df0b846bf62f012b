package tenants

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "engines@example.com", Admin)
	b.refused(err, Conflict, "last owner")
	b.refused(b.store.RemoveMember(t.Context(), owner, done.Tenant.ID, owner.Person), Conflict, "last owner")
	friend := b.person("friend")
	_, err = b.store.SetMember(t.Context(), owner, done.Tenant.ID, "friend@example.com", Owner)
	b.must(err)
	b.must(b.store.RemoveMember(t.Context(), owner, done.Tenant.ID, owner.Person))
	b.refused(b.store.RemoveMember(t.Context(), friend, done.Tenant.ID, friend.Person), Conflict, "last owner")
}

func TestTwoOwnersCanNotStepDownAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	friend := b.person("friend")
	_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "friend@example.com", Owner)
	b.must(err)
	tx, err := b.pool.Begin(t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	b.must(b.store.guardOwners(t.Context(), tx, owner, done.Tenant.ID, owner.Person, ""))
	_, err = tx.Exec(t.Context(), "delete from members where tenant_id = $1 and person_id = $2", done.Tenant.ID, owner.Person)
	b.must(err)
	second := make(chan error, 1)
	go func() { second <- b.store.RemoveMember(t.Context(), friend, done.Tenant.ID, friend.Person) }()
	b.eventually("the second waits for the first", func() bool {
		return len(second) > 0 || b.count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	})
	b.must(tx.Commit(t.Context()))
	b.refused(<-second, Conflict, "last owner")
}

func TestOnlyAnOwnerMakesChangesOrRemovesOwners(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	admin := b.person("admin-person")
	_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "admin-person@example.com", Admin)
	b.must(err)
	_, err = b.store.SetMember(t.Context(), admin, done.Tenant.ID, "admin-person@example.com", Owner)
	b.refused(err, Forbidden, "only an owner")
	_, err = b.store.SetMember(t.Context(), admin, done.Tenant.ID, "engines@example.com", Auditor)
	b.refused(err, Forbidden, "only an owner")
	b.refused(b.store.RemoveMember(t.Context(), admin, done.Tenant.ID, owner.Person), Forbidden, "only an owner")
	b.person("friend")
	_, err = b.store.SetMember(t.Context(), admin, done.Tenant.ID, "friend@example.com", Admin)
	b.must(err)
	b.refused(b.store.RemoveMember(t.Context(), admin, done.Tenant.ID, uuid.New()), NotFound, "no such member")
}

// TestOnlyAConfirmedAddressBecomesAMember: else who signs up first as bob@ gets in when bob is invited.
func TestOnlyAConfirmedAddressBecomesAMember(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	_, bob := b.signUp("bob")
	_, one := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "bob@example.com", Admin)
	b.refused(one, Conflict, "confirm it first")
	_, other := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "who@example.com", Admin)
	if got := strings.Replace(other.Error(), "who@", "bob@", 1); got != one.Error() {
		t.Errorf("who has signed up is told to strangers: %q and %q", one, other)
	}
	b.refused(b.store.Authorize(t.Context(), bob, done.Tenant.ID, ReadTenant), NotFound, "no such tenant")
	b.confirm(bob)
	_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "bob@example.com", Admin)
	b.must(err)
	b.must(b.store.Authorize(t.Context(), bob, done.Tenant.ID, ReadTenant))
}

func TestATokenGivesAndTakesOnlyRolesWithinItsScopes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	b.confirm(owner)
	friend := b.person("friend")
	set := func(p Principal, who string, role Role) error {
		_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, who+"@example.com", role)
		return err
	}
	narrow := b.token(owner, done.Tenant.ID, WriteMembers)
	reader := b.token(owner, done.Tenant.ID, WriteMembers, ReadTenant, ReadMembers, ReadAudit, ReadCertificates, ReadWebhooks, ReadIPFilter, WriteIPFilter, ReadDomains, ReadBackups)
	all := b.token(owner, done.Tenant.ID, Permissions...)
	for _, role := range Roles[1:] {
		b.refused(set(narrow, "friend", role), Forbidden, "which grants tenant:read")
	}
	b.refused(set(reader, "friend", Admin), Forbidden, "which grants workspaces:create, a scope")
	b.must(set(reader, "friend", Auditor))
	b.must(set(reader, "friend", Security))
	b.refused(b.store.RemoveMember(t.Context(), narrow, done.Tenant.ID, friend.Person), Forbidden, "take away the role security")
	b.must(b.store.RemoveMember(t.Context(), reader, done.Tenant.ID, friend.Person))
	b.must(set(all, "friend", Admin))
	b.refused(set(reader, "friend", Auditor), Forbidden, "take away the role admin")
	b.refused(set(all, "friend", Owner), Forbidden, "sign in to do it")
	b.must(set(owner, "friend", Owner))
	b.refused(set(all, "friend", Admin), Forbidden, "sign in to do it")
	b.refused(b.store.RemoveMember(t.Context(), all, done.Tenant.ID, friend.Person), Forbidden, "sign in to do it")
}

func TestWhoIsRemovedLosesItsTokensForGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	elsewhere, friend := b.signUp("friend")
	b.confirm(friend)
	invite := func() {
		_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "friend@example.com", Admin)
		b.must(err)
	}
	wish := NewToken{Name: "x", Scopes: []Permission{ReadTenant}}
	secrets := map[string]bool{}
	for _, made := range []struct {
		by     Principal
		tenant uuid.UUID
		stays  bool
	}{{owner, done.Tenant.ID, true}, {friend, elsewhere.Tenant.ID, true}, {friend, done.Tenant.ID, false}} {
		invite()
		_, secret, err := b.store.CreateToken(t.Context(), made.by, made.tenant, wish)
		b.must(err)
		secrets[secret] = made.stays
	}
	b.must(b.store.RemoveMember(t.Context(), owner, done.Tenant.ID, friend.Person))
	_, _, err := b.store.CreateToken(t.Context(), friend, done.Tenant.ID, wish)
	b.refused(err, NotFound, "no such tenant")
	invite()
	for secret, stays := range secrets {
		if _, err := b.store.Identify(t.Context(), secret); (err == nil) != stays {
			t.Errorf("stays %t: %v", stays, err)
		}
	}
	if n := b.count("audit_events where action = 'token.revoke' and tenant_id = $1", done.Tenant.ID); n != 1 {
		t.Errorf("%d revocations in the audit trail", n)
	}
}

// TestReachIsWhereAuthorizeLetsPass compares the two ways in which a permission is asked for.
func TestReachIsWhereAuthorizeLetsPass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, owner := b.signUp("engines")
	b.confirm(owner)
	other, stranger := b.signUp("other")
	_, err := b.store.SetMember(t.Context(), stranger, other.Tenant.ID, "engines@example.com", Owner)
	b.must(err)
	operator, err := b.store.EnsureOperator(t.Context(), "local")
	b.must(err)
	_, token, err := b.store.CreateToken(t.Context(), owner, done.Tenant.ID, NewToken{Name: "x", Scopes: []Permission{ReadAudit, CreateWorkspace}})
	b.must(err)
	principals := []Principal{{}, owner}
	for _, secret := range []string{operator, token} {
		p, err := b.store.Identify(t.Context(), secret)
		b.must(err)
		principals = append(principals, p)
	}
	for _, role := range Roles[1:] {
		p := b.person(string(role) + "-person")
		_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, string(role)+"-person@example.com", role)
		b.must(err)
		principals = append(principals, p)
	}
	for _, p := range principals {
		for _, want := range Permissions {
			reach, err := b.store.Reach(t.Context(), p, want)
			for _, tenant := range []uuid.UUID{done.Tenant.ID, other.Tenant.ID} {
				reached := err == nil && (reach.everywhere || contains(reach.tenants, tenant))
				if passed := b.store.Authorize(t.Context(), p, tenant, want) == nil; reached != passed {
					t.Errorf("%s, %s: reach says %t and Authorize %t", p.Name(), want, reached, passed)
				}
			}
		}
	}
}

func contains(list []uuid.UUID, u uuid.UUID) bool {
	for _, v := range list {
		if v == u {
			return true
		}
	}
	return false
}
