package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/domainname"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// domainsMost is how many a workspace may have: each is looked at again and again, and has a TLS certificate.
const domainsMost = 20

// leastPause is how soon after a look at a domain somebody can have the next one.
const leastPause = 5 * time.Second

// domainPrefix begins what proves a domain, so that people who clean up records know whose it is.
const domainPrefix = "longhouse-domain="

// AddDomain claims a name for a workspace. It is the workspace's as soon as the record is there that only who has the name can make.
func (s *Store) AddDomain(ctx context.Context, p Principal, workspace uuid.UUID, name string) (d Domain, err error) {
	name, err = domainname.Parse(name, s.baseDomain)
	if err != nil {
		return d, refuse(Invalid, "name", "%s", err)
	}
	err = s.onDomains(ctx, workspace, func(tx pgx.Tx, ws dbsql.Workspace) error {
		q := dbsql.New(tx)
		n, err := q.CountDomains(ctx, workspace)
		if err != nil {
			return fmt.Errorf("count domains: %w", err)
		}
		switch _, err := q.GetDomain(ctx, dbsql.GetDomainParams{WorkspaceID: workspace, Name: name}); {
		case err == nil:
			return refuse(Conflict, "name", "the workspace has the domain %s already", name)
		case n >= domainsMost:
			return refuse(Conflict, "", "the workspace has %d domains, and no more are allowed; remove one", n)
		}
		d = Domain{ID: s.newID(), Workspace: workspace, Name: name, Token: newSecret(domainPrefix), Target: s.Host(ws.Slug), State: DomainPending,
			AddedBy: p.Name(), AddedAt: s.now(), StateAt: s.now(), CheckAt: s.now()}
		d.Says = d.say(DomainSeen{}, false)
		err = q.AddDomain(ctx, dbsql.AddDomainParams{ID: d.ID, WorkspaceID: workspace, Name: name, Token: d.Token, Says: d.Says, AddedBy: d.AddedBy, Now: d.AddedAt})
		if err != nil {
			return fmt.Errorf("add a domain: %w", err)
		}
		return s.recordDomain(ctx, tx, ws, p.Name(), "domain.add", name)
	})
	return d, err
}

// RemoveDomain takes a name out of service. Whoever claims it next has to prove it by another record.
func (s *Store) RemoveDomain(ctx context.Context, p Principal, workspace uuid.UUID, name string) error {
	return s.onDomains(ctx, workspace, func(tx pgx.Tx, ws dbsql.Workspace) error {
		row, err := s.readDomain(ctx, dbsql.New(tx), workspace, name)
		if err != nil {
			return err
		}
		if err := dbsql.New(tx).RemoveDomain(ctx, row.ID); err != nil {
			return fmt.Errorf("remove a domain: %w", err)
		}
		if err := s.recordDomain(ctx, tx, ws, p.Name(), "domain.remove", row.Name); err != nil {
			return err
		}
		return s.routeDomains(ctx, tx, ws)
	})
}

// SetPrimaryDomain has browsers sent to a domain that come to another name of the workspace, or no longer.
func (s *Store) SetPrimaryDomain(ctx context.Context, p Principal, workspace uuid.UUID, name string, primary bool) (d Domain, err error) {
	err = s.onDomains(ctx, workspace, func(tx pgx.Tx, ws dbsql.Workspace) error {
		q := dbsql.New(tx)
		row, err := s.readDomain(ctx, q, workspace, name)
		if err != nil {
			return err
		}
		d = domain(row, s.Host(ws.Slug))
		switch {
		case row.IsPrimary == primary:
			return s.recordDomain(ctx, tx, ws, p.Name(), primaryAction(primary), row.Name)
		case primary && d.State != DomainServing:
			return refuse(Conflict, "", "the domain %s is %s; only one that is serving can become the primary one, as browsers are sent to it", d.Name, d.State)
		}
		if err := q.ClearPrimaryDomain(ctx, workspace); err != nil {
			return fmt.Errorf("take the primary domain back: %w", err)
		}
		if primary {
			if err := q.SetPrimaryDomain(ctx, row.ID); err != nil {
				return fmt.Errorf("set the primary domain: %w", err)
			}
		}
		d.Primary = primary
		if err := s.recordDomain(ctx, tx, ws, p.Name(), primaryAction(primary), row.Name); err != nil {
			return err
		}
		return s.routeDomains(ctx, tx, ws)
	})
	return d, err
}

// CheckDomain has a domain's records looked at soon, and returns how it stands until then.
func (s *Store) CheckDomain(ctx context.Context, p Principal, workspace uuid.UUID, name string) (d Domain, err error) {
	err = s.onDomains(ctx, workspace, func(tx pgx.Tx, ws dbsql.Workspace) error {
		q := dbsql.New(tx)
		row, err := s.readDomain(ctx, q, workspace, name)
		if err != nil {
			return err
		}
		at := s.now()
		if row.CheckedAt != nil && at.Before(row.CheckedAt.Add(leastPause)) {
			at = row.CheckedAt.Add(leastPause)
		}
		if err := q.CheckDomainAt(ctx, dbsql.CheckDomainAtParams{ID: row.ID, At: at}); err != nil {
			return fmt.Errorf("have a domain looked at: %w", err)
		}
		d = domain(row, s.Host(ws.Slug))
		if at.Before(d.CheckAt) {
			d.CheckAt = at
		}
		return s.recordDomain(ctx, tx, ws, p.Name(), "domain.check", row.Name)
	})
	return d, err
}

// onDomains changes the domains of a workspace that is there, and that nobody else changes meanwhile.
func (s *Store) onDomains(ctx context.Context, workspace uuid.UUID, do func(pgx.Tx, dbsql.Workspace) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		ws, err := dbsql.New(tx).LockFilteredWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		if state := State(ws.State); state == Removing || state == Deleted {
			return refuse(Conflict, "", "the workspace is %s, and its domains with it", state)
		}
		return do(tx, ws)
	})
}

func (s *Store) recordDomain(ctx context.Context, tx pgx.Tx, ws dbsql.Workspace, by, action, name string) error {
	return s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: by, Action: action, Subject: id.Show(id.Workspace, ws.ID), Details: map[string]string{"domain": name}})
}

func primaryAction(primary bool) string {
	if primary {
		return "domain.set_primary"
	}
	return "domain.unset_primary"
}
