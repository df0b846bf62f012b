package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Person is a human being, known by one e-mail address.
type Person struct {
	ID          uuid.UUID
	Email       string
	Name        string
	ConfirmedAt *time.Time // when the address was confirmed; nil: not yet
}

type newPerson struct {
	id          uuid.UUID
	email, name string
	hash        string
}

func (s *Store) newPerson(email, password string) (newPerson, error) {
	email, err := checkEmail(email)
	if err != nil {
		return newPerson{}, err
	}
	if err := checkPassword(password); err != nil {
		return newPerson{}, err
	}
	name, _, _ := strings.Cut(email, "@")
	return newPerson{id: s.newID(), email: email, name: name}, nil
}

// addPerson adds the person and asks for the mail that confirms the address.
func (s *Store) addPerson(ctx context.Context, tx pgx.Tx, p newPerson) error {
	err := dbsql.New(tx).AddPerson(ctx, dbsql.AddPersonParams{ID: p.id, Email: p.email, Name: p.name, PasswordHash: p.hash, CreatedAt: s.now()})
	if db.Violates(err, "persons_email_key") {
		return refuse(Conflict, "email", "there is an account with the e-mail address %s already; sign in instead", p.email)
	}
	if err != nil {
		return fmt.Errorf("add a person: %w", err)
	}
	return s.queue.Nudge(ctx, tx, TopicConfirmation, p.id, 10)
}

// Person returns one person.
func (s *Store) Person(ctx context.Context, person uuid.UUID) (Person, error) {
	row, err := dbsql.New(s.pool).GetPerson(ctx, person)
	if err != nil {
		return Person{}, unlessMissing(err, refuse(NotFound, "", "there is no such person"))
	}
	return Person{ID: row.ID, Email: row.Email, Name: row.Name, ConfirmedAt: row.EmailConfirmedAt}, nil
}

const confirmationLength = 24 * time.Hour

// NewConfirmation returns a single-use secret with which the person can confirm the e-mail address, for a day. It
// returns an empty one when the address is confirmed already.
func (s *Store) NewConfirmation(ctx context.Context, person uuid.UUID) (Person, string, error) {
	p, err := s.Person(ctx, person)
	if err != nil || p.ConfirmedAt != nil {
		return p, "", err
	}
	secret, now := newSecret(confirmationPrefix), s.now()
	err = dbsql.New(s.pool).AddConfirmation(ctx, dbsql.AddConfirmationParams{TokenHash: hashSecret(secret), PersonID: person,
		CreatedAt: now, ExpiresAt: now.Add(confirmationLength)})
	if err != nil {
		return Person{}, "", fmt.Errorf("add a confirmation: %w", err)
	}
	return p, secret, nil
}

// Confirm marks the e-mail address as the person's own that the secret was mailed to.
func (s *Store) Confirm(ctx context.Context, secret string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		person, err := q.UseConfirmation(ctx, dbsql.UseConfirmationParams{TokenHash: hashSecret(secret), Now: s.now()})
		if errors.Is(err, pgx.ErrNoRows) {
			return refuse(NotFound, "token", "this confirmation link was used already, or has expired")
		}
		if err != nil {
			return fmt.Errorf("use a confirmation: %w", err)
		}
		if err := q.ConfirmPerson(ctx, dbsql.ConfirmPersonParams{ID: person, Now: s.now()}); err != nil {
			return fmt.Errorf("confirm a person: %w", err)
		}
		shown := id.Show(id.Person, person)
		return s.record(ctx, tx, Event{Actor: shown, Action: "person.confirm_email", Subject: shown})
	})
}
