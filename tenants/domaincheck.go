package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// checksKept is of how many looks at a domain it is kept what they found.
	checksKept = 20
	// lookLease is how long one look may take before somebody else looks.
	lookLease = 2 * time.Minute
)

// ClaimDomains returns domains that are to be looked at now. Nobody else gets them for a while.
func (s *Store) ClaimDomains(ctx context.Context, most int32) (list []Domain, err error) {
	now := s.now()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		rows, err := q.ClaimDomains(ctx, dbsql.ClaimDomainsParams{Now: now, Until: now.Add(lookLease), Most: most})
		if err != nil {
			return fmt.Errorf("claim domains that are to be looked at: %w", err)
		}
		for _, row := range rows {
			slug, err := q.SlugOfDomain(ctx, row.WorkspaceID)
			if err != nil {
				return fmt.Errorf("read where a domain has to lead: %w", err)
			}
			list = append(list, domain(row, s.Host(slug)))
		}
		return nil
	})
	return list, err
}

// SettleDomain writes down what a look at a domain found, and what becomes of it: its state, the route, the audit event and the mails are one
// transaction. It returns nil for one that is gone by now.
func (s *Store) SettleDomain(ctx context.Context, looked Domain, seen DomainSeen) (settled *Domain, err error) {
	err = s.onDomains(ctx, looked.Workspace, func(tx pgx.Tx, ws dbsql.Workspace) error {
		q := dbsql.New(tx)
		if err := q.LockDomainName(ctx, looked.Name); err != nil {
			return fmt.Errorf("lock the domain %s: %w", looked.Name, err)
		}
		row, err := q.ReadDomain(ctx, looked.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the domain %s: %w", looked.Name, err)
		}
		taken, err := q.IsDomainHeld(ctx, dbsql.IsDomainHeldParams{ID: row.ID, Name: row.Name})
		if err != nil {
			return fmt.Errorf("look who holds the domain %s: %w", looked.Name, err)
		}
		certain, err := s.certain(ctx, q)
		if err != nil {
			return err
		}
		was := domain(row, s.Host(ws.Slug))
		step := was.decide(seen, taken, s.now(), certain)
		settled = &step.domain
		if err := s.settleDomain(ctx, q, step.domain, seen); err != nil {
			return err
		}
		if err := s.announceDomain(ctx, tx, ws, was, step); err != nil {
			return err
		}
		return s.routeDomains(ctx, tx, ws)
	})
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) { // the workspace is gone, and it with it
		return nil, nil
	}
	return settled, err
}

func (s *Store) settleDomain(ctx context.Context, q *dbsql.Queries, d Domain, seen DomainSeen) error {
	err := q.SettleDomain(ctx, dbsql.SettleDomainParams{ID: d.ID, State: string(d.State), StateAt: d.StateAt, Says: d.Says, WrongSince: d.WrongSince, Warned: int32(d.warned),
		Doubted: d.doubted, CheckedAt: *d.CheckedAt, CheckAt: d.CheckAt})
	if err != nil {
		return fmt.Errorf("settle the domain %s: %w", d.Name, err)
	}
	err = q.AddDomainCheck(ctx, dbsql.AddDomainCheckParams{ID: s.newID(), DomainID: d.ID, At: *d.CheckedAt, State: string(d.State), Expected: listed(seen.Expected), Found: listed(seen.Found), Says: d.Says})
	if err != nil {
		return fmt.Errorf("keep what a look at the domain %s found: %w", d.Name, err)
	}
	if err := q.ForgetDomainChecks(ctx, dbsql.ForgetDomainChecksParams{DomainID: d.ID, Most: checksKept}); err != nil {
		return fmt.Errorf("forget older looks at the domain %s: %w", d.Name, err)
	}
	return nil
}

// listed is never null.
func listed(texts []string) []string { return append([]string{}, texts...) }

// announceDomain tells of a state that a domain arrives at.
func (s *Store) announceDomain(ctx context.Context, tx pgx.Tx, ws dbsql.Workspace, was Domain, step domainStep) error {
	if step.domain.State != was.State {
		err := s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: System, Action: "domain." + string(step.domain.State), Subject: id.Show(id.Workspace, ws.ID),
			Details: map[string]string{"domain": was.Name, "was": string(was.State), "why": step.domain.Says}})
		if err != nil {
			return err
		}
	}
	if step.news == "" {
		return nil
	}
	return s.tellOfDomain(ctx, tx, ws.TenantID, was.ID, step.news)
}
