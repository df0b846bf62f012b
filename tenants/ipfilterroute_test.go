package tenants

import (
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// routeOf is what edges are told of the only route there is.
func (b *bundle) routeOf() Route {
	b.t.Helper()
	routes, _, err := b.store.Routes(b.t.Context(), 0)
	b.must(err)
	if len(routes) != 1 {
		b.t.Fatalf("%+v", routes)
	}
	return routes[0]
}

// guards fails the test unless edges are told of this version of the filter, of one rule.
func (b *bundle) guards(version int64, state RouteState) {
	b.t.Helper()
	r := b.routeOf()
	if r.Policy != version || r.State != state || r.Filter == nil || r.Filter.Open || len(r.Filter.LetIn) != 1 || r.Filter.LetIn[0].Network != "203.0.113.0/24" {
		b.t.Errorf("%s at version %d with %+v, want %s at version %d", r.State, r.Policy, r.Filter, state, version)
	}
}

func TestAFilterGoesToTheEdgesAsTheNewestRoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	b.must(b.setRoute(t.Context(), Route{Workspace: ws, Hosts: []string{"h"}, State: Serving, Address: "/s"}))
	if r := b.routeOf(); r.Policy != 0 || r.Filter != nil {
		t.Errorf("without a filter edges are told %+v", r)
	}
	changed, err := b.store.WatchRoutes(t.Context())
	b.must(err)
	c := closed(0, "203.0.113.0/24", "198.51.100.0/24")
	until := b.now().Add(2 * time.Hour)
	c.Rules[0].Until, c.Rules[1].Enabled = &until, false
	f, version, err := b.store.SetIPFilter(t.Context(), p, ws, c)
	b.must(err)
	if _, told := <-changed; !told {
		t.Error("the watcher was lost")
	}
	b.guards(1, Serving)
	r := b.routeOf()
	if version != 2 || r.Version != version || r.Address != "/s" || r.Filter.LetIn[0].ID != id.Show(id.IPRule, f.Rules[0].ID) || !r.Filter.LetIn[0].Until.Equal(until) {
		t.Errorf("the route is %+v, and its version was said to be %d", r, version)
	}
	b.setFilter(p, ws, IPFilterChange{Version: 1, Open: true, Rules: c.Rules})
	if r := b.routeOf(); r.Policy != 2 || !r.Filter.Open || r.Version != 3 {
		t.Errorf("opened, it is %+v", r)
	}
}

func TestAFilterOutlivesEveryChangeOfTheRoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	b.setFilter(p, ws, closed(0, "203.0.113.0/24")) // before there is a route
	b.guards(1, Gone)
	serve := func(address string) {
		t.Helper()
		b.must(b.setRoute(t.Context(), Route{Workspace: ws, Hosts: []string{"h"}, State: Serving, Address: address}))
		b.guards(1, Serving)
	}
	serve("/s")
	b.must(b.setRoute(t.Context(), Route{Workspace: ws, Hosts: []string{"h"}, State: Halted, Message: "back soon"}))
	b.guards(1, Halted)
	serve("/t") // another instance
	b.must(b.setRoute(t.Context(), Route{Workspace: ws, State: Gone}))
	b.guards(1, Gone)
	serve("/s")

	_, retire, err := b.store.Delete(t.Context(), p, ws, Deletion{})
	b.must(err)
	b.end(*retire, Succeeded)
	b.setFilter(p, ws, closed(1, "203.0.113.0/24", "198.51.100.0/24")) // in its grace, too
	b.setFilter(p, ws, closed(2, "203.0.113.0/24"))
	_, start, err := b.store.Undelete(t.Context(), p, ws)
	b.must(err)
	b.guards(3, Halted)
	b.must(b.setRoute(t.Context(), Route{Workspace: ws, Hosts: []string{"h"}, State: Serving, Address: "/u"}))
	b.end(*start, Succeeded)
	b.guards(3, Serving)
}

// TestFiltersAndRoutesThatAreSetAtOnceLoseNothing has both race from the first route on.
func TestFiltersAndRoutesThatAreSetAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	const each = 20
	var writing sync.WaitGroup
	writing.Go(func() {
		for range each {
			if err := b.setRoute(t.Context(), Route{Workspace: done.Workspace.ID, Hosts: []string{"h"}, State: Serving, Address: "/s"}); err != nil {
				t.Error(err)
			}
		}
	})
	writing.Go(func() {
		for i := range each {
			c := closed(int64(i), "203.0.113.0/24")
			c.Rules[0].Name = string(rune('a' + i))
			if _, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, c); err != nil {
				t.Error(err)
			}
		}
	})
	writing.Wait()
	b.guards(each, Serving)
}

func TestARemovedWorkspaceLeavesNoFilter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	b.must(b.setRoute(t.Context(), Route{Workspace: ws, Hosts: []string{"h"}, State: Serving, Address: "/s"}))
	f := b.setFilter(p, ws, tried(0, "203.0.113.0/24"))
	told := []IPActivity{{ws, []IPRuleHits{{f.Rules[0].ID, 1, b.now()}}, []IPDenial{{office, 1, b.now()}}}}
	b.must(b.store.NoteIPActivity(t.Context(), told))
	_, op, err := b.store.Delete(t.Context(), p, ws, Deletion{Now: true, Confirm: "engines"})
	b.must(err)
	_, _, err = b.store.SetIPFilter(t.Context(), p, ws, closed(1, "203.0.113.0/24", "10.0.0.0/8"))
	b.refused(err, Conflict, "the workspace is removing")
	b.end(*op, Succeeded)
	_, _, err = b.store.SetIPFilter(t.Context(), p, ws, closed(0, "203.0.113.0/24"))
	b.refused(err, Conflict, "the workspace is deleted")
	_, err = b.store.IPFilter(t.Context(), ws)
	b.refused(err, Conflict, "its IP filter with it")
	b.must(b.store.NoteIPActivity(t.Context(), told)) // by an edge that does not know yet
	if n := b.count("ip_filters") + b.count("ip_filter_mails") + b.count("ip_filter_trials") + b.count("ip_rule_hits") + b.count("ip_denials"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if r := b.routeOf(); r.Policy != 1 || r.Filter != nil { // nobody would be let in
		t.Errorf("edges are told %+v", r)
	}
}

func TestALostWorkspaceLeavesNoFilter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	b.must(b.store.Lost(t.Context(), done.Workspace.ID, "its database is gone", ""))
	if n := b.count("ip_filters") + b.count("ip_filter_mails"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestAfterARestoreTheNewestFilterOfThatTimeIsInForce: the database is an earlier one, and edges get all of it anew.
func TestAfterARestoreTheNewestFilterOfThatTimeIsInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.running("engines")
	p, err := b.store.Identify(t.Context(), done.Session)
	b.must(err)
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	before, err := b.store.RouteHistory(t.Context())
	b.must(err)
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	b.guards(1, Serving)
	if after, err := b.store.RouteHistory(t.Context()); err != nil || after == before {
		t.Errorf("edges would not take it anew: %s, %v", after, err)
	}
}

func TestAFilterThatCanNotBeReadCostsItsWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	b.exec("alter table ip_filters disable trigger ip_filters_kept")
	b.exec(`update ip_filters set let_in = '"rubbish"'`)
	if r := b.routeOf(); r.Policy != 1 || r.Filter != nil {
		t.Errorf("edges are told %+v", r)
	}
}
