package tenants

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// denialsKept is how many denied addresses are kept of a workspace.
	denialsKept = 100
	// denialsLast is for how long: addresses are people's.
	denialsLast = 30 * 24 * time.Hour
)

// IPActivity is what the IP filter of a workspace did, as far as edges have told.
type IPActivity struct {
	Workspace uuid.UUID
	Rules     []IPRuleHits
	Denied    []IPDenial
}

// IPRuleHits says how many requests a rule has let in, over all edges.
type IPRuleHits struct {
	Rule     uuid.UUID
	Requests int64
	LastAt   time.Time
}

// IPDenial says how many requests of an address were denied, in a row of at most denialsLast between two.
type IPDenial struct {
	Address  netip.Addr
	Requests int64
	LastAt   time.Time
}

// NoteIPActivity adds what an edge tells. What is told of workspaces that are no more is left out.
func (s *Store) NoteIPActivity(ctx context.Context, told []IPActivity) error {
	hits, denials, of := s.sumUp(told)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.LockIPActivity(ctx); err != nil {
			return fmt.Errorf("wait for other reports of what filters did: %w", err)
		}
		if err := q.AddIPRuleHits(ctx, hits); err != nil {
			return fmt.Errorf("add what rules let in: %w", err)
		}
		if err := q.AddIPDenials(ctx, denials); err != nil {
			return fmt.Errorf("add who was denied: %w", err)
		}
		if err := q.TrimIPDenials(ctx, dbsql.TrimIPDenialsParams{Workspaces: of, Most: denialsKept}); err != nil {
			return fmt.Errorf("leave out who was denied longest ago: %w", err)
		}
		return nil
	})
}

// sumUp has each rule and address once, and none in the time to come.
func (s *Store) sumUp(told []IPActivity) (hits dbsql.AddIPRuleHitsParams, denials dbsql.AddIPDenialsParams, of []uuid.UUID) {
	now := s.now()
	type rule struct{ workspace, rule uuid.UUID }
	type client struct {
		workspace uuid.UUID
		address   netip.Addr
	}
	rules, clients := map[rule]int{}, map[client]int{}
	for _, a := range told {
		of = append(of, a.Workspace)
		for _, r := range a.Rules {
			key, last := rule{a.Workspace, r.Rule}, earlier(r.LastAt, now)
			i, twice := rules[key]
			if !twice {
				rules[key] = len(hits.Rules)
				hits.Workspaces, hits.Rules = append(hits.Workspaces, a.Workspace), append(hits.Rules, r.Rule)
				hits.Hits, hits.Lasts = append(hits.Hits, r.Requests), append(hits.Lasts, last)
				continue
			}
			hits.Hits[i], hits.Lasts[i] = hits.Hits[i]+r.Requests, later(hits.Lasts[i], last)
		}
		for _, d := range a.Denied {
			key, last := client{a.Workspace, d.Address}, earlier(d.LastAt, now)
			i, twice := clients[key]
			if !twice {
				clients[key] = len(denials.Addresses)
				denials.Workspaces, denials.Addresses = append(denials.Workspaces, a.Workspace), append(denials.Addresses, d.Address)
				denials.Requests, denials.Lasts = append(denials.Requests, d.Requests), append(denials.Lasts, last)
				continue
			}
			denials.Requests[i], denials.Lasts[i] = denials.Requests[i]+d.Requests, later(denials.Lasts[i], last)
		}
	}
	return hits, denials, of
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// IPActivity returns what a workspace's filter did: of each rule that it has, in their order, and of the addresses that were denied last.
func (s *Store) IPActivity(ctx context.Context, workspace uuid.UUID) (f IPFilter, a IPActivity, err error) {
	if f, err = s.IPFilter(ctx, workspace); err != nil {
		return f, a, err
	}
	a.Workspace = workspace
	q := dbsql.New(s.pool)
	rows, err := q.ListIPRuleHits(ctx, workspace)
	if err != nil {
		return f, a, fmt.Errorf("read what rules let in: %w", err)
	}
	hits := map[uuid.UUID]dbsql.IpRuleHit{}
	for _, row := range rows {
		hits[row.RuleID] = row
	}
	for _, r := range f.Rules {
		row := hits[r.ID]
		a.Rules = append(a.Rules, IPRuleHits{Rule: r.ID, Requests: row.Hits, LastAt: row.LastAt})
	}
	a.Denied, err = denied(ctx, q, workspace, s.now().Add(-denialsLast))
	return f, a, err
}

func denied(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID, since time.Time) (list []IPDenial, err error) {
	rows, err := q.ListIPDenials(ctx, dbsql.ListIPDenialsParams{WorkspaceID: workspace, Since: since})
	if err != nil {
		return nil, fmt.Errorf("list who was denied: %w", err)
	}
	for _, row := range rows {
		list = append(list, IPDenial{Address: row.Address, Requests: row.Requests, LastAt: row.LastAt})
	}
	return list, nil
}

// forgetIPActivity removes what is known of a workspace that is no more.
func forgetIPActivity(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := q.ForgetIPRuleHits(ctx, workspace); err != nil {
		return fmt.Errorf("forget what rules of workspace %s let in: %w", workspace, err)
	}
	if err := q.ForgetIPDenialsOf(ctx, workspace); err != nil {
		return fmt.Errorf("forget whom workspace %s denied: %w", workspace, err)
	}
	return nil
}
