package tenants

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// office is the address from which tests save filters.
var office = netip.MustParseAddr("203.0.113.9")

// closed is a change to a closed filter of these networks, each for good, saved from the office.
func closed(version int64, networks ...string) IPFilterChange {
	c := IPFilterChange{Version: version, From: office}
	for _, network := range networks {
		c.Rules = append(c.Rules, IPRuleWish{Network: network, Enabled: true})
	}
	return c
}

// guarded is a workspace that runs, and its owner.
func (b *bundle) guarded(slug string) (Principal, SignedUp) {
	b.t.Helper()
	done, p := b.signUp(slug)
	b.end(done.Operation, Succeeded)
	return p, done
}

func (b *bundle) setFilter(p Principal, workspace uuid.UUID, c IPFilterChange) IPFilter {
	b.t.Helper()
	f, _, err := b.store.SetIPFilter(b.t.Context(), p, workspace, c)
	b.must(err)
	return f
}

// networks lists the networks of a filter's rules.
func networks(f IPFilter) (list []string) {
	for _, r := range f.Rules {
		list = append(list, cidr.Show(r.Network))
	}
	return list
}

func TestAFilterThatWasNeverSetIsOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, done := b.guarded("engines")
	f, err := b.store.IPFilter(t.Context(), done.Workspace.ID)
	if err != nil || f.Version != 0 || !f.Open || len(f.Rules) != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestTheNewestFilterIsInForceAndTheOthersAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	first := closed(0, "::ffff:203.0.113.0/120", "2001:DB8::/32")
	until := b.now().Add(48 * time.Hour)
	first.Rules[1] = IPRuleWish{Network: "2001:DB8::/32", Name: " Office ", Owner: "ada@example.com", Until: &until}
	first.Reason = "an audit asks for it"
	b.setFilter(p, ws, first)
	b.move(time.Minute)
	token := b.token(p, done.Tenant.ID, WriteIPFilter)
	b.setFilter(token, ws, IPFilterChange{Version: 1, Open: true})

	now, err := b.store.IPFilter(t.Context(), ws)
	b.must(err)
	if now.Version != 2 || !now.Open || len(now.Rules) != 0 || now.ChangedBy != token.Name() || !now.ChangedAt.Equal(b.now()) {
		t.Errorf("%+v", now)
	}
	was, err := b.store.IPFilterAt(t.Context(), ws, 1)
	b.must(err)
	if was.Open || was.Reason != "an audit asks for it" || was.ChangedBy != p.Name() || !slices.Equal(networks(was), []string{"203.0.113.0/24", "2001:db8::/32"}) {
		t.Errorf("%+v", was)
	}
	if r := was.Rules[1]; r.Name != "Office" || r.Owner != "ada@example.com" || r.Enabled || r.Until == nil || !r.Until.Equal(until) || r.AddedBy != p.Name() || r.ID == uuid.Nil {
		t.Errorf("%+v", r)
	}
	_, err = b.store.IPFilterAt(t.Context(), ws, 3)
	b.refused(err, NotFound, "no version 3")
	if _, err := b.pool.Exec(t.Context(), "update ip_filters set open = true"); err == nil || !strings.Contains(err.Error(), "only ever added to") {
		t.Errorf("a version can be changed afterwards: %v", err)
	}
	list, err := b.store.IPFilterHistory(t.Context(), ws, 0, 10)
	if err != nil || len(list) != 2 || list[0].Version != 2 || list[0].Removed != 2 || list[1].Added != 2 || list[1].Rules != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err = b.store.IPFilterHistory(t.Context(), ws, 2, 10); err != nil || len(list) != 1 || list[0].Version != 1 {
		t.Errorf("before version 2 there are %+v, %v", list, err)
	}
}

func TestWhoHasSeenAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	for _, version := range []int64{0, 2} {
		_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, closed(version, "203.0.113.0/24", "198.51.100.0/24"))
		b.refused(err, Conflict, fmt.Sprintf("at version 1, and this change is made for version %d", version))
	}
	if n := b.count("ip_filters"); n != 1 {
		t.Errorf("there are %d versions", n)
	}
}

func TestOfTwoWhoChangeAFilterAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	const many = 8
	ended := make(chan error, many)
	for i := range many {
		go func() {
			_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, closed(0, "203.0.113.0/24", fmt.Sprintf("198.51.100.%d", i)))
			ended <- err
		}()
	}
	saved := 0
	for range many {
		if err := <-ended; err == nil {
			saved++
		} else {
			b.refused(err, Conflict, "somebody else has changed it")
		}
	}
	if saved != 1 || b.count("ip_filters") != 1 {
		t.Errorf("%d were told that it is saved, and there are %d versions", saved, b.count("ip_filters"))
	}
}

func TestRulesThatStayKeepTheirIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	was := b.setFilter(p, ws, closed(0, "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"))
	b.move(time.Hour)
	other := b.token(p, done.Tenant.ID, WriteIPFilter)
	next := closed(1, "192.0.2.7", "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")
	next.Rules[0].ID = &was.Rules[2].ID // moved to another network, whose rule is new then
	is := b.setFilter(other, ws, next)
	if is.Rules[0].ID != was.Rules[2].ID || is.Rules[1].ID != was.Rules[0].ID || is.Rules[2].ID != was.Rules[1].ID {
		t.Errorf("ids were %v and are %v", was.Rules, is.Rules)
	}
	if added := is.Rules[3]; slices.ContainsFunc(was.Rules, func(r IPRule) bool { return r.ID == added.ID }) || added.AddedBy != other.Name() || !added.AddedAt.Equal(b.now()) {
		t.Errorf("the new rule is %+v", added)
	}
	if kept := is.Rules[1]; kept.AddedBy != p.Name() || !kept.AddedAt.Equal(was.Rules[0].AddedAt) {
		t.Errorf("the rule that stayed is %+v", kept)
	}
}

func TestAFilterThatIsAsItWasStaysAtItsVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	_, route, err := b.store.SetIPFilter(t.Context(), p, ws, closed(0, "203.0.113.0/24"))
	b.must(err)
	events, mails := b.count("audit_events"), b.count("ip_filter_mails")
	f, again, err := b.store.SetIPFilter(t.Context(), p, ws, closed(1, "203.0.113.0/24"))
	if err != nil || f.Version != 1 || again != route || b.count("audit_events") != events || b.count("ip_filter_mails") != mails {
		t.Errorf("version %d, route %d after %d, %v", f.Version, again, route, err)
	}
	if f, again, err = b.store.SetIPFilter(t.Context(), p, b.another(p, "lab").ID, IPFilterChange{Open: true}); err != nil || f.Version != 0 || again != 0 {
		t.Errorf("one that was never set: %+v, route %d, %v", f, again, err)
	}
}

// another is a further workspace.
func (b *bundle) another(p Principal, slug string) Workspace {
	b.t.Helper()
	var tenant uuid.UUID
	b.one(&tenant, "select tenant_id from members where person_id = $1", p.Person)
	ws, op, err := b.store.CreateWorkspace(b.t.Context(), p, NewWorkspace{Tenant: tenant, Name: slug, Slug: slug})
	b.must(err)
	b.end(op, Succeeded)
	return ws
}

func TestWhatChangesAFilterIsInTheAuditTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	was := b.setFilter(p, ws, closed(0, "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"))
	next := closed(1, "203.0.113.0/24", "2001:db8::/32", "192.0.2.0/25")
	next.Rules[2].ID, next.Rules[0].Name, next.Reason = &was.Rules[2].ID, "Ada's home", "a new office"
	b.setFilter(p, ws, next)
	events, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.set_ip_filter"}, Page{Limit: 10})
	b.must(err)
	if len(events) != 2 || events[0].Actor != p.Name() || events[0].Subject != id.Show(id.Workspace, ws) {
		t.Fatalf("%+v", events)
	}
	want := map[string]string{"version": "2", "open": "false", "added": "2001:db8::/32", "removed": "198.51.100.0/24", "changed": "203.0.113.0/24 192.0.2.0/25", "reason": "a new office"}
	if got := events[0].Details; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
