package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// DomainMail tells one person how a domain stands.
type DomainMail struct {
	To        string // the e-mail address
	Tenant    string // its name
	Workspace string // its name
	Slug      string
	News      DomainNews
	Domain    Domain // as it is now
}

// tellOfDomain asks for a mail to everybody who may change domains, under a confirmed address.
func (s *Store) tellOfDomain(ctx context.Context, tx pgx.Tx, tenant, domain uuid.UUID, news DomainNews) error {
	q := dbsql.New(tx)
	persons, err := q.WhoIsWarned(ctx, dbsql.WhoIsWarnedParams{TenantID: tenant, Roles: texts(rolesThatMay(WriteDomains))})
	if err != nil {
		return fmt.Errorf("list who is told of a domain: %w", err)
	}
	for _, person := range persons {
		mail := s.newID()
		err := q.AddDomainMail(ctx, dbsql.AddDomainMailParams{ID: mail, DomainID: domain, PersonID: person, News: string(news), Now: s.now()})
		if err != nil {
			return fmt.Errorf("tell of the domain %s: %w", id.Show(id.Domain, domain), err)
		}
		if err := s.queue.Nudge(ctx, tx, TopicDomainMail, mail, warningAttempts); err != nil {
			return err
		}
	}
	return nil
}

// DomainMail returns what a mail has to tell, or nil when nobody needs it any more.
func (s *Store) DomainMail(ctx context.Context, mail uuid.UUID) (*DomainMail, error) {
	row, err := dbsql.New(s.pool).GetDomainMail(ctx, dbsql.GetDomainMailParams{ID: mail, Roles: texts(rolesThatMay(WriteDomains))})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what to tell of a domain: %w", err)
	}
	return &DomainMail{To: row.Email, Tenant: row.Tenant, Workspace: row.Workspace, Slug: row.Slug, News: DomainNews(row.News), Domain: domain(row.Domain, s.Host(row.Slug))}, nil
}

// ForgetDomainMail says that a mail was sent, or needs not be.
func (s *Store) ForgetDomainMail(ctx context.Context, mail uuid.UUID) error {
	if err := dbsql.New(s.pool).ForgetDomainMail(ctx, mail); err != nil {
		return fmt.Errorf("forget a mail: %w", err)
	}
	return nil
}
