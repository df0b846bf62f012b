package tenants

import (
	"context"
	"errors"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

func TestAnotherPlanGoesToTheEdgesWithTheRoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.must(b.setRoute(t.Context(), Route{Workspace: done.Workspace.ID, Hosts: []string{"h"}, State: Serving, Address: "/s"}))
	before := b.routeOf()
	if before.Plan != Free {
		t.Errorf("it begins on %q", before.Plan)
	}
	changed, err := b.store.WatchRoutes(t.Context())
	b.must(err)
	for range 2 { // the second changes nothing
		set, err := b.store.SetPlan(t.Context(), p, done.Tenant.ID, Enterprise)
		b.must(err)
		if set.Plan != Enterprise {
			t.Errorf("%+v", set)
		}
	}
	if _, told := <-changed; !told {
		t.Error("the watcher was lost")
	}
	after := b.routeOf()
	if after.Plan != Enterprise || after.Version != before.Version+2 || after.State != Serving || after.Address != "/s" {
		t.Errorf("it was %+v, and is %+v", before, after)
	}
	if n := b.count("audit_events where action = 'tenant.set_plan' and details->>'plan' = 'enterprise' and details->>'was' = 'free'"); n != 1 {
		t.Errorf("it was written down %d times", n)
	}
	var refusal *Refusal
	if _, err := b.store.SetPlan(t.Context(), p, done.Tenant.ID, "gold"); !errors.As(err, &refusal) || refusal.Field != "plan" {
		t.Errorf("a plan that is none: %v", err)
	}
	if _, err := b.store.SetPlan(t.Context(), p, done.Workspace.ID, Free); !errors.As(err, &refusal) || refusal.Reason != NotFound {
		t.Errorf("a tenant that is none: %v", err)
	}
}

// TestAnotherPlanReachesARouteThatIsMadeAtTheSameMoment: edges would keep that with the plan before.
func TestAnotherPlanReachesARouteThatIsMadeAtTheSameMoment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	tx, err := b.pool.Begin(t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	b.must(b.store.SetRoute(t.Context(), tx, Route{Workspace: done.Workspace.ID, Hosts: []string{"h"}, State: Serving, Address: "/s"}))
	made, err := dbsql.New(tx).VersionOfRoute(t.Context(), done.Workspace.ID)
	b.must(err)
	set := make(chan error, 1)
	go func() {
		_, err := b.store.SetPlan(t.Context(), p, done.Tenant.ID, Enterprise)
		set <- err
	}()
	b.eventually("the plan is set, or waits for the route", func() bool {
		return len(set) > 0 || b.count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	})
	// Whoever holds the routes can still write down what is of the tenant, as an undelete does.
	b.must(b.store.record(t.Context(), tx, Event{Tenant: &done.Tenant.ID, Actor: System, Action: "workspace.start", Subject: "w"}))
	b.must(tx.Commit(t.Context()))
	b.must(<-set)
	if told, _, err := b.store.Routes(t.Context(), made); err != nil || len(told) != 1 || told[0].Plan != Enterprise {
		t.Errorf("after the route was made, edges are told %+v, %v", told, err)
	}
}
