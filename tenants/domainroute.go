package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// withDomains adds to a route at which domains edges serve the workspace. The caller holds the clock of routes, so that it sees what whoever
// changed a route before it has written.
func withDomains(ctx context.Context, q *dbsql.Queries, r *Route) error {
	rows, err := q.HostsOfDomains(ctx, r.Workspace)
	if err != nil {
		return fmt.Errorf("read the domains of workspace %s: %w", r.Workspace, err)
	}
	r.Primary = ""
	for _, row := range rows {
		if !slices.Contains(r.Hosts, row.Name) {
			r.Hosts = append(r.Hosts, row.Name)
		}
		if row.Main {
			r.Primary = row.Name
		}
	}
	return nil
}

// routeDomains brings the domains of a workspace to the edges, unless they know them. It comes last in its transaction.
func (s *Store) routeDomains(ctx context.Context, tx pgx.Tx, ws dbsql.Workspace) error {
	q := dbsql.New(tx)
	row, err := q.GetRoute(ctx, ws.ID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && RouteState(row.State) == Gone {
		return nil // whoever makes the route adds them
	}
	if err != nil {
		return fmt.Errorf("read the route of workspace %s: %w", ws.ID, err)
	}
	want := Route{Workspace: ws.ID, Hosts: []string{s.Host(ws.Slug)}}
	if err := withDomains(ctx, q, &want); err != nil {
		return err
	}
	if slices.Equal(slices.Sorted(slices.Values(want.Hosts)), slices.Sorted(slices.Values(row.Hosts))) && want.Primary == row.PrimaryHost {
		return nil
	}
	// Nobody else changes a route from here on, so that what is read of it now is what it is.
	if _, err := q.TickRouteClock(ctx); err != nil {
		return fmt.Errorf("count a route version: %w", err)
	}
	if row, err = q.GetRoute(ctx, ws.ID); err != nil {
		return fmt.Errorf("read the route of workspace %s: %w", ws.ID, err)
	}
	if RouteState(row.State) == Gone {
		return nil
	}
	return s.SetRoute(ctx, tx, Route{Workspace: ws.ID, Hosts: []string{s.Host(ws.Slug)}, State: RouteState(row.State), Address: row.Address, Message: row.Message})
}

// SiteHost is the host by which a workspace with this slug calls itself: its primary domain while that is served, else its own name.
func (s *Store) SiteHost(ctx context.Context, workspace uuid.UUID, slug string) (string, error) {
	name, err := dbsql.New(s.pool).PrimaryDomain(ctx, workspace)
	if errors.Is(err, pgx.ErrNoRows) {
		return s.Host(slug), nil
	}
	if err != nil {
		return "", fmt.Errorf("read the primary domain of workspace %s: %w", workspace, err)
	}
	return name, nil
}

// forgetDomains removes the domains of a workspace that is no more, and frees the names.
func forgetDomains(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := q.ForgetDomains(ctx, workspace); err != nil {
		return fmt.Errorf("forget the domains of workspace %s: %w", workspace, err)
	}
	return nil
}
