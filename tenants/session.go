package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const sessionLength = 30 * 24 * time.Hour

// SignIn opens a session for the person with this e-mail address and password, and returns its token. A wrong address
// and a wrong password are answered alike, and take as long.
func (s *Store) SignIn(ctx context.Context, email, password, userAgent string) (Principal, string, error) {
	wrong := refuse(Unauthenticated, "", "the e-mail address or the password is wrong")
	person, err := dbsql.New(s.pool).GetPersonByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Principal{}, "", fmt.Errorf("read a person: %w", err)
	}
	if len(password) > 4*passwordMost {
		return Principal{}, "", wrong
	}
	right, err := matches(ctx, password, person.PasswordHash)
	if err != nil {
		return Principal{}, "", err
	}
	if !right || person.ID == uuid.Nil {
		return Principal{}, "", wrong
	}
	var token string
	var p Principal
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		p, token, err = s.openSession(ctx, tx, person.ID, userAgent)
		return err
	})
	return p, token, err
}

func (s *Store) openSession(ctx context.Context, tx pgx.Tx, person uuid.UUID, userAgent string) (Principal, string, error) {
	token, now := newSecret(sessionPrefix), s.now()
	if len(userAgent) > 200 {
		userAgent = strings.ToValidUTF8(userAgent[:200], "")
	}
	session := dbsql.AddSessionParams{ID: s.newID(), PersonID: person, TokenHash: hashSecret(token), UserAgent: userAgent,
		CreatedAt: now, ExpiresAt: now.Add(sessionLength)}
	if err := dbsql.New(tx).AddSession(ctx, session); err != nil {
		return Principal{}, "", fmt.Errorf("open a session: %w", err)
	}
	p := Principal{Person: person, Session: session.ID}
	err := s.record(ctx, tx, Event{Actor: p.Name(), Action: "session.open", Subject: id.Show(id.Session, session.ID)})
	return p, token, err
}

// SignOut ends the principal's session.
func (s *Store) SignOut(ctx context.Context, p Principal) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := dbsql.New(tx).RemoveSession(ctx, p.Session); err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "session.end", Subject: id.Show(id.Session, p.Session)})
	})
}

// Identify returns the principal that a bearer secret belongs to: a session, an API token of a tenant, or an operator's.
func (s *Store) Identify(ctx context.Context, secret string) (Principal, error) {
	unknown := refuse(Unauthenticated, "", "the session or API token is unknown, expired or revoked; sign in again")
	q, hash := dbsql.New(s.pool), hashSecret(secret)
	switch {
	case strings.HasPrefix(secret, sessionPrefix):
		row, err := q.FindSession(ctx, dbsql.FindSessionParams{TokenHash: hash, Now: s.now()})
		if err == nil {
			return Principal{Person: row.PersonID, Session: row.ID}, nil
		}
		return Principal{}, unlessMissing(err, unknown)
	case strings.HasPrefix(secret, tokenPrefix), strings.HasPrefix(secret, operatorPrefix):
		row, err := q.FindToken(ctx, dbsql.FindTokenParams{TokenHash: hash, Now: s.now()})
		if err == nil {
			return tokenPrincipal(row), nil
		}
		return Principal{}, unlessMissing(err, unknown)
	}
	return Principal{}, unknown
}

func tokenPrincipal(row dbsql.ApiToken) Principal {
	if row.OperatorID != nil {
		return Principal{Operator: *row.OperatorID, Token: row.ID}
	}
	p := Principal{Person: *row.PersonID, Tenant: *row.TenantID, Token: row.ID}
	for _, scope := range row.Scopes {
		p.Scopes = append(p.Scopes, Permission(scope))
	}
	return p
}

// unlessMissing returns refusal when err means that there is no such row, else err.
func unlessMissing(err, refusal error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return refusal
	}
	return fmt.Errorf("read: %w", err)
}
