package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// SetIPFilter puts another filter in force, and returns it with the version of the route that brings it to the edges. One that is as it
// was stays at its version, and nobody is told.
func (s *Store) SetIPFilter(ctx context.Context, p Principal, workspace uuid.UUID, c IPFilterChange) (f IPFilter, route int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		ws, err := q.LockFilteredWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		if state := State(ws.State); state == Removing || state == Deleted {
			return refuse(Conflict, "", "the workspace is %s: nothing is left that an IP filter could guard", state)
		}
		was, err := newestIPFilter(ctx, q, workspace)
		if err != nil {
			return err
		}
		if f, err = s.nextIPFilter(p, was, c); err != nil {
			return err
		}
		diff := f.Since(was)
		if diff.nothing() {
			f = was
			route, err = q.VersionOfRoute(ctx, workspace)
			return err
		}
		if err := addIPFilter(ctx, q, f, diff); err != nil {
			return err
		}
		if err := s.tellOfIPFilter(ctx, tx, ws.TenantID, f); err != nil {
			return err
		}
		err = s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: p.Name(), Action: "workspace.set_ip_filter", Subject: id.Show(id.Workspace, workspace), Details: f.details(diff)})
		if err != nil {
			return err
		}
		// The last thing: until commit nobody else changes a route.
		route, err = s.setRoutePolicy(ctx, q, f)
		return err
	})
	return f, route, err
}

// nextIPFilter is what a filter becomes, unless there is something wrong with that.
func (s *Store) nextIPFilter(p Principal, was IPFilter, c IPFilterChange) (f IPFilter, err error) {
	if c.Version != was.Version {
		return f, refuse(Conflict, "version", "the IP filter is at version %d, and this change is made for version %d: somebody else has changed it; read it again, and change that", was.Version, c.Version)
	}
	now := s.now()
	f = IPFilter{Workspace: was.Workspace, Version: was.Version + 1, Open: c.Open, ChangedBy: p.Name(), ChangedAt: now}
	if f.Reason, err = checkRemark("reason", "the reason", c.Reason, ipReasonMost); err != nil {
		return f, err
	}
	if f.Rules, err = c.rules(was, p.Name(), now, s.newID); err != nil {
		return f, err
	}
	err = f.lockOut(c.From, now)
	if f.Forced = err != nil && c.Force; f.Forced {
		err = nil
	}
	return f, err
}

// LetIn is what edges are told of a rule that is enabled.
type LetIn struct {
	ID      string     `json:"id"`      // ipr_...
	Network string     `json:"network"` // as internal/cidr shows it
	Until   *time.Time `json:"until,omitempty"`
}

func addIPFilter(ctx context.Context, q *dbsql.Queries, f IPFilter, diff IPFilterDiff) error {
	letIn := []LetIn{}
	for _, r := range f.Rules {
		if r.Enabled {
			letIn = append(letIn, LetIn{ID: id.Show(id.IPRule, r.ID), Network: cidr.Show(r.Network), Until: r.Until})
		}
	}
	rules, err := json.Marshal(f.Rules)
	if err != nil {
		return fmt.Errorf("encode the rules of an IP filter: %w", err)
	}
	forEdges, err := json.Marshal(letIn)
	if err != nil {
		return fmt.Errorf("encode the rules of an IP filter for edges: %w", err)
	}
	err = q.AddIPFilter(ctx, dbsql.AddIPFilterParams{WorkspaceID: f.Workspace, Version: f.Version, Open: f.Open, Rules: rules, LetIn: forEdges,
		Added: int32(len(diff.Added)), Removed: int32(len(diff.Removed)), Changed: int32(len(diff.Changed)), Forced: f.Forced, ChangedBy: f.ChangedBy, Reason: f.Reason, Now: f.ChangedAt})
	if err != nil {
		return fmt.Errorf("add version %d of an IP filter: %w", f.Version, err)
	}
	return nil
}

// details are what the audit trail tells of a version.
func (f IPFilter) details(diff IPFilterDiff) map[string]string {
	d := map[string]string{"version": strconv.FormatInt(f.Version, 10), "open": strconv.FormatBool(f.Open)}
	changed := make([]IPRule, 0, len(diff.Changed))
	for _, c := range diff.Changed {
		changed = append(changed, c.Is)
	}
	for name, text := range map[string]string{"added": networksOf(diff.Added), "removed": networksOf(diff.Removed), "changed": networksOf(changed), "reason": f.Reason} {
		if text != "" {
			d[name] = text
		}
	}
	if f.Forced {
		d["forced"] = "true"
	}
	return d
}

// setRoutePolicy brings a filter to the edges with the workspace's route, as the newest version of all routes.
func (s *Store) setRoutePolicy(ctx context.Context, q *dbsql.Queries, f IPFilter) (version int64, err error) {
	if version, err = q.TickRouteClock(ctx); err != nil {
		return 0, fmt.Errorf("count a route version: %w", err)
	}
	err = q.SetRoutePolicy(ctx, dbsql.SetRoutePolicyParams{WorkspaceID: f.Workspace, Version: version, PolicyVersion: f.Version, Now: f.ChangedAt})
	if err != nil {
		return 0, fmt.Errorf("have the route of workspace %s bring its IP filter: %w", f.Workspace, err)
	}
	return version, q.NotifyRoutes(ctx)
}

// forgetIPFilters removes all versions of a workspace that is no more: they name people.
func forgetIPFilters(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := q.ForgetIPFilterMailsOf(ctx, workspace); err != nil {
		return fmt.Errorf("forget mails about the IP filter of workspace %s: %w", workspace, err)
	}
	if err := q.ForgetIPFilters(ctx, workspace); err != nil {
		return fmt.Errorf("forget the IP filters of workspace %s: %w", workspace, err)
	}
	return nil
}
