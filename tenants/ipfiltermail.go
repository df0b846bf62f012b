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

// IPFilterMail tells one person that a workspace has another IP filter.
type IPFilterMail struct {
	To        string // the e-mail address
	Tenant    string // its name
	Workspace Workspace
	Host      string
	Filter    IPFilter
	Changes   IPFilterDiff
	By        string // who set it, as people know them
}

// tellOfIPFilter asks for a mail to everybody who may set the filter, under a confirmed address.
func (s *Store) tellOfIPFilter(ctx context.Context, tx pgx.Tx, tenant uuid.UUID, f IPFilter) error {
	q := dbsql.New(tx)
	persons, err := q.WhoIsWarned(ctx, dbsql.WhoIsWarnedParams{TenantID: tenant, Roles: texts(rolesThatMay(WriteIPFilter))})
	if err != nil {
		return fmt.Errorf("list who is told of an IP filter: %w", err)
	}
	for _, person := range persons {
		mail := s.newID()
		err := q.AddIPFilterMail(ctx, dbsql.AddIPFilterMailParams{ID: mail, WorkspaceID: f.Workspace, Version: f.Version, PersonID: person, Now: s.now()})
		if err != nil {
			return fmt.Errorf("tell of the IP filter of %s: %w", id.Show(id.Workspace, f.Workspace), err)
		}
		if err := s.queue.Nudge(ctx, tx, TopicIPFilterMail, mail, warningAttempts); err != nil {
			return err
		}
	}
	return nil
}

// IPFilterMail returns what a mail has to tell, or nil when nobody needs it any more.
func (s *Store) IPFilterMail(ctx context.Context, mail uuid.UUID) (*IPFilterMail, error) {
	q := dbsql.New(s.pool)
	row, err := q.GetIPFilterMail(ctx, dbsql.GetIPFilterMailParams{ID: mail, Roles: texts(rolesThatMay(WriteIPFilter))})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what to tell of an IP filter: %w", err)
	}
	f, err := s.IPFilterAt(ctx, row.Workspace.ID, row.Version)
	if err != nil {
		return nil, err
	}
	was, err := s.IPFilterAt(ctx, row.Workspace.ID, row.Version-1)
	if err != nil {
		return nil, err
	}
	by, err := called(ctx, q, f.ChangedBy)
	if err != nil {
		return nil, err
	}
	ws := FromRow(row.Workspace)
	return &IPFilterMail{To: row.Email, Tenant: row.Tenant, Workspace: ws, Host: s.Host(ws.Slug), Filter: f, Changes: f.Since(was), By: by}, nil
}

// ForgetIPFilterMail says that a mail was sent, or needs not be.
func (s *Store) ForgetIPFilterMail(ctx context.Context, mail uuid.UUID) error {
	if err := dbsql.New(s.pool).ForgetIPFilterMail(ctx, mail); err != nil {
		return fmt.Errorf("forget a mail: %w", err)
	}
	return nil
}
