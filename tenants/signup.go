package tenants

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// SignUp is what a new customer gives.
type SignUp struct {
	Email     string
	Password  string
	Tenant    string // the organisation's name
	Slug      string // of the first workspace
	Region    string // empty: the installation's first
	UserAgent string
}

// SignedUp is what a new customer gets. The workspace is usable while the confirmation mail is pending.
type SignedUp struct {
	Person    uuid.UUID
	Tenant    Tenant
	Workspace Workspace
	Operation Operation
	Session   string // the session's token
}

// SignUp makes a person, a tenant that it owns, and asks for the first workspace: all of it or nothing.
func (s *Store) SignUp(ctx context.Context, w SignUp) (SignedUp, error) {
	person, err := s.newPerson(w.Email, w.Password)
	if err != nil {
		return SignedUp{}, err
	}
	if w.Tenant, err = checkName("tenant", w.Tenant); err != nil {
		return SignedUp{}, err
	}
	if err := checkSlug(w.Slug); err != nil {
		return SignedUp{}, err
	}
	if person.hash, err = hashPassword(ctx, w.Password); err != nil {
		return SignedUp{}, err
	}
	var done SignedUp
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		done, err = s.signUp(ctx, tx, w, person)
		return err
	})
	return done, err
}

func (s *Store) signUp(ctx context.Context, tx pgx.Tx, w SignUp, person newPerson) (SignedUp, error) {
	if err := s.addPerson(ctx, tx, person); err != nil {
		return SignedUp{}, err
	}
	p, token, err := s.openSession(ctx, tx, person.id, w.UserAgent)
	if err != nil {
		return SignedUp{}, err
	}
	tenant, err := s.addTenant(ctx, tx, p, w.Tenant)
	if err != nil {
		return SignedUp{}, err
	}
	ws, op, err := s.addWorkspace(ctx, tx, p.Name(), NewWorkspace{Tenant: tenant.ID, Name: w.Tenant, Slug: w.Slug, Region: w.Region, AdminEmail: person.email})
	if err != nil {
		return SignedUp{}, err
	}
	err = s.record(ctx, tx, Event{Tenant: &tenant.ID, Actor: p.Name(), Action: "tenant.sign_up", Subject: id.Show(id.Tenant, tenant.ID)})
	return SignedUp{Person: person.id, Tenant: tenant, Workspace: ws, Operation: op, Session: token}, err
}
