package tenants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Token is an API token without its secret, which is shown once and stored only as a hash.
type Token struct {
	ID         uuid.UUID
	Name       string
	Person     uuid.UUID // whose role bounds what it may
	Scopes     []Permission
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
}

// NewToken is a wish for an API token.
type NewToken struct {
	Name    string
	Scopes  []Permission
	Expires time.Duration // from now; zero: never
}

// CreateToken makes an API token for the principal's person in the tenant and returns its secret, this once.
func (s *Store) CreateToken(ctx context.Context, p Principal, tenant uuid.UUID, n NewToken) (Token, string, error) {
	name, err := checkName("name", n.Name)
	if err != nil {
		return Token{}, "", err
	}
	if err := s.checkScopes(p, n.Scopes); err != nil {
		return Token{}, "", err
	}
	t := Token{ID: s.newID(), Name: name, Person: p.Person, Scopes: n.Scopes, CreatedAt: s.now()}
	if n.Expires > 0 {
		at := t.CreatedAt.Add(n.Expires)
		t.ExpiresAt = &at
	}
	secret := newSecret(tokenPrefix)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if _, err := q.HoldRole(ctx, dbsql.HoldRoleParams{TenantID: tenant, PersonID: p.Person}); err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
		}
		err := q.AddToken(ctx, dbsql.AddTokenParams{ID: t.ID, Name: t.Name, PersonID: &t.Person, TenantID: &tenant,
			Scopes: texts(t.Scopes), TokenHash: hashSecret(secret), CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt})
		if err != nil {
			return fmt.Errorf("add an API token: %w", err)
		}
		return s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "token.create",
			Subject: id.Show(id.Token, t.ID), Details: t.details()})
	})
	return t, secret, err
}

// details are what the audit trail tells of a new token.
func (t Token) details() map[string]string {
	d := map[string]string{"name": t.Name, "scopes": strings.Join(texts(t.Scopes), " ")}
	if t.ExpiresAt != nil {
		d["expires_at"] = shown(*t.ExpiresAt)
	}
	return d
}

func (s *Store) checkScopes(p Principal, scopes []Permission) error {
	if len(scopes) == 0 {
		return refuse(Invalid, "scopes", "an API token needs at least one scope of %v", Permissions)
	}
	for _, scope := range scopes {
		if !slices.Contains(Permissions, scope) {
			return refuse(Invalid, "scopes", "there is no scope %q; allowed are %v", scope, Permissions)
		}
		if p.Token != uuid.Nil && !slices.Contains(p.Scopes, scope) {
			return refuse(Forbidden, "scopes", "an API token can't make one with a scope that it lacks: %s", scope)
		}
	}
	return nil
}

// Tokens lists a tenant's API tokens that still open something.
func (s *Store) Tokens(ctx context.Context, tenant uuid.UUID, page Page) ([]Token, error) {
	rows, err := dbsql.New(s.pool).ListTokens(ctx, dbsql.ListTokensParams{TenantID: &tenant, Now: s.now(), Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", err)
	}
	list := make([]Token, 0, len(rows))
	for _, r := range rows {
		t := Token{ID: r.ID, Name: r.Name, Person: *r.PersonID, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, LastUsedAt: r.LastUsedAt}
		t.Scopes = tokenPrincipal(r).Scopes
		list = append(list, t)
	}
	return list, nil
}

// RevokeToken makes an API token of the tenant useless at once.
func (s *Store) RevokeToken(ctx context.Context, p Principal, tenant, token uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := dbsql.New(tx).RevokeToken(ctx, dbsql.RevokeTokenParams{ID: token, TenantID: &tenant, Now: s.now()})
		if err != nil {
			return fmt.Errorf("revoke an API token: %w", err)
		}
		if n == 0 {
			return refuse(NotFound, "", "there is no such API token")
		}
		return s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "token.revoke", Subject: id.Show(id.Token, token)})
	})
}

// revokeTokensOf makes all API tokens useless that the person has in the tenant. Its role there is gone already, so that
// no further one can be made.
func (s *Store) revokeTokensOf(ctx context.Context, tx pgx.Tx, p Principal, tenant, person uuid.UUID) error {
	revoked, err := dbsql.New(tx).RevokeTokensOf(ctx, dbsql.RevokeTokensOfParams{TenantID: &tenant, PersonID: &person, Now: s.now()})
	if err != nil {
		return fmt.Errorf("revoke the API tokens of a member: %w", err)
	}
	for _, token := range revoked {
		err := s.record(ctx, tx, Event{Tenant: &tenant, Actor: p.Name(), Action: "token.revoke", Subject: id.Show(id.Token, token)})
		if err != nil {
			return err
		}
	}
	return nil
}

// EnsureOperator makes the operator of this name, if need be, and gives it a further API token, whose secret it returns.
func (s *Store) EnsureOperator(ctx context.Context, name string) (string, error) {
	secret := newSecret(operatorPrefix)
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		operator, err := q.EnsureOperator(ctx, dbsql.EnsureOperatorParams{ID: s.newID(), Name: name, CreatedAt: s.now()})
		if err != nil {
			return fmt.Errorf("add operator %s: %w", name, err)
		}
		token := s.newID()
		err = q.AddToken(ctx, dbsql.AddTokenParams{ID: token, Name: name, OperatorID: &operator, Scopes: []string{},
			TokenHash: hashSecret(secret), CreatedAt: s.now()})
		if err != nil {
			return fmt.Errorf("add the API token of operator %s: %w", name, err)
		}
		return s.record(ctx, tx, Event{Actor: System, Action: "operator.create_token", Subject: id.Show(id.Token, token)})
	})
	return secret, err
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}
