package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Token is an API token without its secret.
type Token struct {
	ID         string               `json:"id"`
	Name       string               `json:"name"`
	Person     string               `json:"person" doc:"Whose role bounds what it may"`
	Scopes     []tenants.Permission `json:"scopes"`
	CreatedAt  time.Time            `json:"created_at"`
	ExpiresAt  *time.Time           `json:"expires_at,omitempty"`
	LastUsedAt *time.Time           `json:"last_used_at,omitempty"`
}

// TokensIn asks for a tenant's API tokens.
type TokensIn struct {
	TenantIn
	PageIn
}

// TokenBody is a wish for an API token.
type TokenBody struct {
	Name          string               `json:"name" doc:"To know it by, 1 to 64 characters"`
	Scopes        []tenants.Permission `json:"scopes" maxItems:"32" doc:"What it may at the most"`
	ExpiresInDays int                  `json:"expires_in_days,omitempty" minimum:"0" maximum:"3650" doc:"0 or left out: never"`
}

// CreateTokenIn asks for an API token.
type CreateTokenIn struct {
	TenantIn
	Body TokenBody
}

// CreatedToken is an API token with its secret.
type CreatedToken struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret" doc:"It is shown this once: empty when the answer is repeated under an idempotency key"`
}

// CreateTokenOut answers with an API token.
type CreateTokenOut struct{ Body CreatedToken }

// TokenIn names an API token.
type TokenIn struct {
	TenantIn
	Token string `path:"token" doc:"tok_..."`
}

func showToken(t tenants.Token) Token {
	return Token{ID: id.Show(id.Token, t.ID), Name: t.Name, Person: id.Show(id.Person, t.Person), Scopes: t.Scopes,
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt}
}

func (s *Server) tokens(ctx context.Context, in *TokensIn) (*ListOut[Token], error) {
	tenant, page, err := in.tenantPage(ctx, in.PageIn)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Tokens(ctx, tenant, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(t tenants.Token) uuid.UUID { return t.ID }, showToken), nil
}

func (s *Server) createToken(ctx context.Context, in *CreateTokenIn) (*CreateTokenOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	wish := tenants.NewToken{Name: in.Body.Name, Scopes: in.Body.Scopes, Expires: time.Duration(in.Body.ExpiresInDays) * 24 * time.Hour}
	t, secret, err := s.store.CreateToken(ctx, principal(ctx), tenant, wish)
	return &CreateTokenOut{Body: CreatedToken{Token: showToken(t), Secret: secret}}, err
}

func (s *Server) revokeToken(ctx context.Context, in *TokenIn) (*Nothing, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	token, err := parsePath(ctx, id.Token, "token", in.Token)
	if err != nil {
		return nil, err
	}
	return nil, s.store.RevokeToken(ctx, principal(ctx), tenant, token)
}
