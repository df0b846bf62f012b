package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Member is a person's part in a tenant.
type Member struct {
	Person    uuid.UUID
	Email     string
	Role      Role
	CreatedAt time.Time
}

// Members lists who is in the tenant.
func (s *Store) Members(ctx context.Context, tenant uuid.UUID, page Page) ([]Member, error) {
	rows, err := dbsql.New(s.pool).ListMembers(ctx, dbsql.ListMembersParams{TenantID: tenant, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	list := make([]Member, 0, len(rows))
	for _, r := range rows {
		list = append(list, Member{Person: r.PersonID, Email: r.Email, Role: Role(r.Role), CreatedAt: r.CreatedAt})
	}
	return list, nil
}

// SetMember gives the person with this e-mail address a role in the tenant, whether it has one already or not. Only an
// owner makes owners or changes one, and the last owner stays one.
//
// The address has to be confirmed: else whoever signs up first under somebody's address would get in for that person. That
// nobody has the address is answered alike, so that this tells no stranger who has begun to sign up.
func (s *Store) SetMember(ctx context.Context, p Principal, tenant uuid.UUID, email string, role Role) (Member, error) {
	if !slices.Contains(Roles, role) {
		return Member{}, refuse(Invalid, "role", "there is no role %q; allowed are %v", role, Roles)
	}
	email, err := checkEmail(email)
	if err != nil {
		return Member{}, err
	}
	var m Member
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		person, err := q.GetPersonByEmail(ctx, email)
		unconfirmed := refuse(Conflict, "email", "nobody has confirmed the e-mail address %s yet; the person has to sign up and confirm it first", email)
		if err != nil {
			return unlessMissing(err, unconfirmed)
		}
		if err := s.guardOwners(ctx, tx, p, tenant, person.ID, role); err != nil {
			return err
		}
		was, err := roleOf(ctx, q, tenant, person.ID)
		if err != nil {
			return err
		}
		if err := guardScopes(p, role, was); err != nil {
			return err
		}
		if person.EmailConfirmedAt == nil {
			return unconfirmed
		}
		m = Member{Person: person.ID, Email: email, Role: role}
		m.CreatedAt, err = q.SetMember(ctx, dbsql.SetMemberParams{TenantID: tenant, PersonID: person.ID, Role: string(role), CreatedAt: s.now()})
		if err != nil {
			return fmt.Errorf("set a member: %w", err)
		}
		if !role.May(BreakTheGlass) {
			if err := revokeBreakGlass(ctx, q, tenant, person.ID, s.now()); err != nil {
				return err
			}
		}
		details := map[string]string{"role": string(role)}
		if was != "" {
			details["was"] = string(was)
		}
		return s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "member.set", Subject: id.Show(id.Person, person.ID), Details: details})
	})
	return m, err
}

// RemoveMember takes a person's part in the tenant away, and with it the API tokens and break-glass links that the person has there: they would
// open the tenant again when the person comes back.
func (s *Store) RemoveMember(ctx context.Context, p Principal, tenant, person uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.guardOwners(ctx, tx, p, tenant, person, ""); err != nil {
			return err
		}
		q := dbsql.New(tx)
		was, err := roleOf(ctx, q, tenant, person)
		if err != nil {
			return err
		}
		if err := guardScopes(p, "", was); err != nil {
			return err
		}
		n, err := q.RemoveMember(ctx, dbsql.RemoveMemberParams{TenantID: tenant, PersonID: person})
		if err != nil {
			return fmt.Errorf("remove a member: %w", err)
		}
		if n == 0 {
			return refuse(NotFound, "", "there is no such member")
		}
		if err := s.revokeTokensOf(ctx, tx, p, tenant, person); err != nil {
			return err
		}
		if err := revokeBreakGlass(ctx, q, tenant, person, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "member.remove", Subject: id.Show(id.Person, person), Details: map[string]string{"was": string(was)}})
	})
}

// guardOwners refuses what would leave a tenant without an owner, or let somebody rise above himself. It locks the
// tenant, so that two owners can't step down at once.
func (s *Store) guardOwners(ctx context.Context, tx pgx.Tx, p Principal, tenant, person uuid.UUID, role Role) error {
	q := dbsql.New(tx)
	if _, err := q.LockTenant(ctx, tenant); err != nil {
		return unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
	}
	owners, err := q.ListOwners(ctx, tenant)
	if err != nil {
		return fmt.Errorf("list owners: %w", err)
	}
	isOwner := slices.Contains(owners, person)
	if p.Token != uuid.Nil && (isOwner || role == Owner) {
		return refuse(Forbidden, "role", "an API token can't make, change or remove an owner; sign in to do it")
	}
	if (isOwner || role == Owner) && !slices.Contains(owners, p.Person) {
		return refuse(Forbidden, "role", "only an owner may make, change or remove an owner")
	}
	if isOwner && role != Owner && len(owners) == 1 {
		return refuse(Conflict, "role", "this is the tenant's last owner; make another one first")
	}
	return nil
}

// roleOf returns the role that a person has in the tenant, or none.
func roleOf(ctx context.Context, q *dbsql.Queries, tenant, person uuid.UUID) (Role, error) {
	held, err := q.GetRole(ctx, dbsql.GetRoleParams{TenantID: tenant, PersonID: person})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read the role of a member: %w", err)
	}
	return Role(held), nil
}

// guardScopes refuses an API token a role, to be given or taken away, that may more than the token: else the token would
// rise above its scopes by the hand of whom it appoints.
func guardScopes(p Principal, role, was Role) error {
	if p.Token == uuid.Nil {
		return nil
	}
	for _, r := range []Role{role, was} {
		for _, permission := range granted[r] {
			if !slices.Contains(p.Scopes, permission) {
				return refuse(Forbidden, "role", "an API token can't give or take away the role %s, which grants %s, a scope that the token lacks", r, permission)
			}
		}
	}
	return nil
}
