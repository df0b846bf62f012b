package tenants

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// RouteState is what the edge does with requests for a workspace.
type RouteState string

// The states of a route.
const (
	// Serving: requests go to the instance.
	Serving RouteState = "serving"
	// Asleep: requests are held, and wake the workspace.
	Asleep RouteState = "asleep"
	// Halted: requests are answered 503 with a page.
	Halted RouteState = "stopped"
	// Gone: the hosts are unknown again.
	Gone RouteState = "gone"
)

// RouteStates lists all of them.
var RouteStates = []RouteState{Serving, Asleep, Halted, Gone}

// Route is what the edges know of one workspace.
type Route struct {
	Workspace uuid.UUID
	Version   int64 // of this change; versions grow in commit order, over all routes
	Hosts     []string
	State     RouteState
	Address   string // the instance's unix socket, while serving
	Message   string // what visitors read, while stopped
	// Plan is the tenant's, which Routes tells.
	Plan Plan
	// Primary is where browsers are sent that come to another of the hosts; empty: nowhere. SetRoute finds it itself.
	Primary string
	Policy  int64 // version of the workspace's IP filter; SetRoute leaves it as it is
	// Filter is what Routes tells of the filter at that version; nil: it has none, or none that can be read.
	Filter *RouteFilter
}

// RouteFilter is what edges need of an IP filter.
type RouteFilter struct {
	Open  bool
	LetIn []LetIn
	Pass  []LetPass
}

// SetRoute writes a route down, with the domains at which the workspace is served, as the newest version and tells the edges' streams when tx commits. The counter's row
// lock makes versions visible in their order, so that a reader who has seen one has seen all before it.
func (s *Store) SetRoute(ctx context.Context, tx pgx.Tx, r Route) error {
	q := dbsql.New(tx)
	version, err := q.TickRouteClock(ctx)
	if err != nil {
		return fmt.Errorf("count a route version: %w", err)
	}
	if r.Hosts == nil {
		r.Hosts = []string{}
	}
	if r.State != Gone {
		if err := withDomains(ctx, q, &r); err != nil {
			return err
		}
	}
	if err := q.ForgetTLSOfHosts(ctx, dbsql.ForgetTLSOfHostsParams{WorkspaceID: r.Workspace, Keeps: r.Hosts}); err != nil {
		return fmt.Errorf("forget certificates of workspace %s: %w", r.Workspace, err)
	}
	if err := q.ForgetTLSAsks(ctx, dbsql.ForgetTLSAsksParams{WorkspaceID: r.Workspace, Keeps: r.Hosts}); err != nil {
		return fmt.Errorf("forget what certificates of workspace %s were asked for: %w", r.Workspace, err)
	}
	err = q.SetRoute(ctx, dbsql.SetRouteParams{WorkspaceID: r.Workspace, Version: version, Hosts: r.Hosts, PrimaryHost: r.Primary, State: string(r.State),
		Address: r.Address, Message: r.Message, Now: s.now()})
	if err != nil {
		return fmt.Errorf("set the route of workspace %s: %w", r.Workspace, err)
	}
	return q.NotifyRoutes(ctx)
}

// RouteVersion returns the version of the newest change.
func (s *Store) RouteVersion(ctx context.Context) (int64, error) {
	version, err := dbsql.New(s.pool).RouteVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the route version: %w", err)
	}
	return version, nil
}

// Routes returns the changes after a version, in their order, and the version that they lead to.
func (s *Store) Routes(ctx context.Context, since int64) (routes []Route, version int64, err error) {
	rows, err := dbsql.New(s.pool).ListRoutes(ctx, since)
	if err != nil {
		return nil, 0, fmt.Errorf("list routes: %w", err)
	}
	version = since
	for _, row := range rows {
		r := row.Route
		routes = append(routes, Route{Workspace: r.WorkspaceID, Version: r.Version, Hosts: r.Hosts, Primary: r.PrimaryHost, State: RouteState(r.State),
			Address: r.Address, Message: r.Message, Policy: r.PolicyVersion, Filter: routeFilter(row), Plan: Plan(row.Plan)})
		version = max(version, r.Version)
	}
	return routes, version, nil
}

// routeFilter returns nil for a filter that can't be read: that costs one workspace, not all routes.
func routeFilter(row dbsql.ListRoutesRow) *RouteFilter {
	if !row.Filtered {
		return nil
	}
	f := RouteFilter{Open: row.Open}
	if json.Unmarshal(row.LetIn, &f.LetIn) != nil || json.Unmarshal(row.Pass, &f.Pass) != nil {
		return nil
	}
	return &f
}

// WatchRoutes returns a channel that gets a value soon after routes have changed, until ctx ends or the connection to
// the database is lost, when it is closed. Several changes may give one value.
func (s *Store) WatchRoutes(ctx context.Context) (<-chan struct{}, error) {
	return s.watch(ctx, "routes", (*dbsql.Queries).ListenRoutes)
}

// watch takes a connection of its own, which listens.
func (s *Store) watch(ctx context.Context, what string, listen func(*dbsql.Queries, context.Context) error) (<-chan struct{}, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("reach the database to watch %s: %w", what, err)
	}
	if err := listen(dbsql.New(conn), ctx); err != nil {
		conn.Release()
		return nil, fmt.Errorf("watch %s: %w", what, err)
	}
	changed := make(chan struct{}, 1)
	go func() {
		defer close(changed)
		// The connection listens, so it must not go back to the pool.
		defer func() { _ = conn.Hijack().Close(context.WithoutCancel(ctx)) }()
		for {
			if _, err := conn.Conn().WaitForNotification(ctx); err != nil {
				return
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed, nil
}

// routeVersionOf returns the version of a workspace's route; 0: it has none.
func (s *Store) routeVersionOf(ctx context.Context, workspace uuid.UUID) (int64, error) {
	version, err := dbsql.New(s.pool).VersionOfRoute(ctx, workspace)
	if err != nil {
		return 0, fmt.Errorf("read the version of the route of workspace %s: %w", workspace, err)
	}
	return version, nil
}
