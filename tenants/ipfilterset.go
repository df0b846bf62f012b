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
	return s.setIPFilter(ctx, p, workspace, func(IPFilter) IPFilterChange { return c })
}

// setIPFilter makes the change that the filter in force calls for.
func (s *Store) setIPFilter(ctx context.Context, p Principal, workspace uuid.UUID, change func(was IPFilter) IPFilterChange) (f IPFilter, route int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		ws, err := lockFiltered(ctx, q, workspace)
		if err != nil {
			return err
		}
		was, err := newestIPFilter(ctx, q, workspace)
		if err != nil {
			return err
		}
		c := change(was)
		if f, err = s.nextIPFilter(p, was, c); err != nil {
			return err
		}
		if was.Trial == nil && f.Since(was).nothing() { // who saves one that is on trial means to end that
			f = was
			route, err = q.VersionOfRoute(ctx, workspace)
			return err
		}
		route, err = s.putIPFilter(ctx, tx, p, ws.TenantID, &f, was, f.trial(was, c.ConfirmWithin))
		return err
	})
	return f, route, err
}

// lockFiltered locks a workspace that has something left to guard.
func lockFiltered(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) (ws dbsql.Workspace, err error) {
	if ws, err = q.LockFilteredWorkspace(ctx, workspace); err != nil {
		return ws, unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
	}
	if state := State(ws.State); state == Removing || state == Deleted {
		return ws, refuse(Conflict, "", "the workspace is %s: nothing is left that an IP filter could guard", state)
	}
	return ws, nil
}

// putIPFilter puts f in force in the place of the one before, and tells who has to know. It returns the version of the route, and nobody
// else changes one until the transaction is over: it is the last thing in it.
func (s *Store) putIPFilter(ctx context.Context, tx pgx.Tx, p Principal, tenant uuid.UUID, f *IPFilter, was IPFilter, trial *IPTrial) (route int64, err error) {
	q, diff := dbsql.New(tx), f.Since(was)
	if err := addIPFilter(ctx, q, *f, diff); err != nil {
		return 0, err
	}
	if err := putOnTrial(ctx, q, f, trial); err != nil {
		return 0, err
	}
	rules := make([]uuid.UUID, 0, len(f.Rules))
	for _, r := range f.Rules {
		rules = append(rules, r.ID)
	}
	if err := q.ForgetHitsOfOtherRules(ctx, dbsql.ForgetHitsOfOtherRulesParams{WorkspaceID: f.Workspace, Rules: rules}); err != nil {
		return 0, fmt.Errorf("forget what rules let in that are gone: %w", err)
	}
	if err := s.tellOfIPFilter(ctx, tx, tenant, *f); err != nil {
		return 0, err
	}
	err = s.record(ctx, tx, Event{Tenant: &tenant, Actor: f.ChangedBy, Action: "workspace.set_ip_filter", Subject: id.Show(id.Workspace, f.Workspace), Details: f.details(diff, p)})
	if err != nil {
		return 0, err
	}
	return s.setRoutePolicy(ctx, q, *f)
}

// nextIPFilter is what a filter becomes, unless there is something wrong with that.
func (s *Store) nextIPFilter(p Principal, was IPFilter, c IPFilterChange) (f IPFilter, err error) {
	if c.Version != was.Version {
		return f, refuse(Conflict, "version", "the IP filter is at version %d, and this change is made for version %d: somebody else has changed it; read it again, and change that", was.Version, c.Version)
	}
	if err := checkTrial(c.ConfirmWithin); err != nil {
		return f, err
	}
	now := s.now()
	f = IPFilter{Workspace: was.Workspace, Version: was.Version + 1, Open: c.Open, ChangedBy: p.Name(), ChangedAt: now}
	if f.Reason, err = checkRemark("reason", "the reason", c.Reason, ipReasonMost); err != nil {
		return f, err
	}
	if f.Rules, err = c.rules(was, p.Name(), now, s.newID); err != nil {
		return f, err
	}
	if f.Exceptions, err = c.exceptions(was, p.Name(), now); err != nil {
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
	exceptions, pass, err := encodeExceptions(f.Exceptions)
	if err != nil {
		return err
	}
	except := diff.Exceptions
	err = q.AddIPFilter(ctx, dbsql.AddIPFilterParams{WorkspaceID: f.Workspace, Version: f.Version, Open: f.Open, Rules: rules, LetIn: forEdges, Exceptions: exceptions, Pass: pass,
		Added: int32(len(diff.Added) + len(except.Added)), Removed: int32(len(diff.Removed) + len(except.Removed)), Changed: int32(len(diff.Changed) + len(except.Changed)), Forced: f.Forced, ChangedBy: f.ChangedBy, Reason: f.Reason, Now: f.ChangedAt})
	if err != nil {
		return fmt.Errorf("add version %d of an IP filter: %w", f.Version, err)
	}
	return nil
}

// details are what the audit trail tells of a version.
func (f IPFilter) details(diff IPFilterDiff, p Principal) map[string]string {
	d := map[string]string{"version": strconv.FormatInt(f.Version, 10), "open": strconv.FormatBool(f.Open)}
	changed := make([]IPRule, 0, len(diff.Changed))
	for _, c := range diff.Changed {
		changed = append(changed, c.Is)
	}
	except := diff.Exceptions
	for name, text := range map[string]string{"added": networksOf(diff.Added), "removed": networksOf(diff.Removed), "changed": networksOf(changed), "reason": f.Reason,
		"exceptions_added": purposesOf(except.Added), "exceptions_removed": purposesOf(except.Removed), "exceptions_changed": purposesOf(except.Changed)} {
		if text != "" {
			d[name] = text
		}
	}
	if p.User != "" {
		d["source"], d["user"] = sourceConsole, p.UserName
	}
	if f.Forced {
		d["forced"] = "true"
	}
	if f.Trial != nil {
		d["confirm_by"], d["else_back_to"] = shown(f.Trial.EndsAt), strconv.FormatInt(f.Trial.BackTo, 10)
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
	if err := endTrial(ctx, q, workspace); err != nil {
		return err
	}
	if err := forgetIPActivity(ctx, q, workspace); err != nil {
		return err
	}
	if err := forgetBreakGlass(ctx, q, workspace); err != nil {
		return err
	}
	if err := q.ForgetIPFilters(ctx, workspace); err != nil {
		return fmt.Errorf("forget the IP filters of workspace %s: %w", workspace, err)
	}
	return nil
}
