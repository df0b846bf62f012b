package tenants

import (
	"errors"
	"testing"
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
	if after.Plan != Enterprise || after.Version != before.Version+1 || after.State != Serving || after.Address != "/s" {
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
