package tenants

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// tried is a change as closed makes it, that is put on trial for five minutes.
func tried(version int64, networks ...string) IPFilterChange {
	c := closed(version, networks...)
	c.ConfirmWithin = 5 * time.Minute
	return c
}

// inForce is the newest filter of a workspace.
func (b *bundle) inForce(workspace uuid.UUID) IPFilter {
	b.t.Helper()
	f, err := b.store.IPFilter(b.t.Context(), workspace)
	b.must(err)
	return f
}

// revertsAre has those come back whose time has come, and counts them.
func (b *bundle) revertsAre(want int) {
	b.t.Helper()
	if n, err := b.store.RevertIPFilters(b.t.Context()); err != nil || n != want {
		b.t.Errorf("%d filters came back, %v; want %d", n, err, want)
	}
}

func TestAFilterOnTrialGoesUnlessItIsConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	first := b.setFilter(p, ws, closed(0, "203.0.113.0/24", "192.0.2.0/24"))
	second := b.setFilter(p, ws, tried(1, "203.0.113.0/24"))
	if second.Trial == nil || second.Trial.BackTo != 1 || !second.Trial.EndsAt.Equal(b.now().Add(5*time.Minute)) {
		t.Errorf("%+v", second.Trial)
	}
	_, before, err := b.store.SetIPFilter(t.Context(), p, b.another(p, "lab").ID, closed(0, "203.0.113.0/24"))
	b.must(err)
	b.filterMails()
	b.move(5*time.Minute - time.Microsecond)
	b.revertsAre(0)
	if f := b.inForce(ws); f.Version != 2 || f.Trial == nil {
		t.Errorf("before its time is over it is %+v", f)
	}
	b.move(time.Microsecond)
	_, err = b.store.ConfirmIPFilter(t.Context(), p, ws, 2, office)
	b.refused(err, Conflict, "was over at")
	b.revertsAre(1)
	b.revertsAre(0)
	f := b.inForce(ws)
	if f.Version != 3 || f.Open || f.Trial != nil || f.ChangedBy != System || !strings.Contains(f.Reason, "nobody confirmed version 2") || f.Rules[1] != first.Rules[1] {
		t.Errorf("%+v", f)
	}
	var route, policy int64
	b.one(&route, "select version from routes where workspace_id = $1", ws)
	b.one(&policy, "select policy_version from routes where workspace_id = $1", ws)
	if policy != 3 || route <= before {
		t.Errorf("edges are told of version %d in route %d, after %d", policy, route, before)
	}
	if mails := b.filterMails(); len(mails) != 1 || mails[0].By != "Longhouse itself" || mails[0].Filter.Version != 3 || len(mails[0].Changes.Added) != 1 {
		t.Errorf("mailed is %+v", mails)
	}
	events, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.set_ip_filter"}, Page{Limit: 10})
	b.must(err)
	if e := events[0]; e.Actor != System || e.Details["version"] != "3" || e.Details["added"] != "192.0.2.0/24" {
		t.Errorf("%+v", e)
	}
	if i := slices.IndexFunc(events, func(e Event) bool { return e.Details["version"] == "2" }); events[i].Details["confirm_by"] != shown(second.Trial.EndsAt) || events[i].Details["else_back_to"] != "1" {
		t.Errorf("%+v", events[i])
	}
}

func TestWhoConfirmsAFilterShowsThatItLetsThemIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	c := tried(0, "203.0.113.0/24")
	ends := b.now().Add(time.Minute)
	c.Rules = append(c.Rules, IPRuleWish{Network: "192.0.2.0/24", Enabled: true, Until: &ends}, IPRuleWish{Network: "198.51.100.0/24"})
	b.setFilter(p, ws, c)
	b.move(time.Minute)
	for _, from := range []string{"192.0.2.1", "198.51.100.1", "2001:db8::1"} {
		_, err := b.store.ConfirmIPFilter(t.Context(), p, ws, 1, netip.MustParseAddr(from))
		b.refused(err, Conflict, "shuts out "+from)
	}
	_, err := b.store.ConfirmIPFilter(t.Context(), p, ws, 1, netip.Addr{})
	b.refused(err, Conflict, "not known from which address")
	_, err = b.store.ConfirmIPFilter(t.Context(), p, ws, 7, office)
	b.refused(err, Conflict, "at version 1, and you confirm version 7")
	f, err := b.store.ConfirmIPFilter(t.Context(), b.token(p, done.Tenant.ID, WriteIPFilter), ws, 1, netip.MustParseAddr("::ffff:203.0.113.9"))
	if err != nil || f.Version != 1 || f.Trial != nil {
		t.Errorf("%+v, %v", f, err)
	}
	_, err = b.store.ConfirmIPFilter(t.Context(), p, ws, 1, office)
	b.refused(err, Conflict, "not on trial")
	b.move(time.Hour)
	b.revertsAre(0)
	if f := b.inForce(ws); f.Version != 1 || f.Trial != nil {
		t.Errorf("%+v", f)
	}
	events, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.confirm_ip_filter"}, Page{Limit: 10})
	if err != nil || len(events) != 1 || events[0].Details["version"] != "1" {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestASaveEndsATrial(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	b.setFilter(p, ws, closed(0, "203.0.113.0/24"))
	b.setFilter(p, ws, tried(1, "203.0.113.0/25"))
	// What was only tried is nothing to go back to.
	if f := b.setFilter(p, ws, tried(2, "203.0.113.0/26")); f.Trial == nil || f.Trial.BackTo != 1 {
		t.Errorf("a trial in the place of a trial goes back to %+v", f.Trial)
	}
	// The same once more, for good.
	if f := b.setFilter(p, ws, closed(3, "203.0.113.0/26")); f.Version != 4 || f.Trial != nil {
		t.Errorf("%+v", f)
	}
	// There is nothing to try in what is so already.
	if f := b.setFilter(p, ws, tried(4, "203.0.113.0/26")); f.Version != 4 || f.Trial != nil {
		t.Errorf("%+v", f)
	}
	b.move(time.Hour)
	b.revertsAre(0)
	if f := b.inForce(ws); f.Version != 4 {
		t.Errorf("%+v", f)
	}
	for _, within := range []time.Duration{-time.Minute, time.Second, time.Hour + time.Second} {
		c := tried(4, "203.0.113.0/27")
		c.ConfirmWithin = within
		_, _, err := b.store.SetIPFilter(t.Context(), p, ws, c)
		b.refused(err, Invalid, fmt.Sprintf("confirm_within is %s; allowed is 1m0s to 1h0m0s", within))
	}
}

// TestATrialThatTheVersionBeforeDidNotEnd was going on when Longhouse of the version before saved another filter.
func TestATrialThatTheVersionBeforeDidNotEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	b.setFilter(p, ws, tried(0, "203.0.113.0/24"))
	b.exec(`insert into ip_filters select workspace_id, 2, open, rules, let_in, 0, 0, 0, false, changed_by, '', changed_at from ip_filters`)
	if f := b.inForce(ws); f.Version != 2 || f.Trial != nil {
		t.Errorf("%+v", f)
	}
	b.move(time.Hour)
	b.revertsAre(0)
	if f := b.inForce(ws); f.Version != 2 || b.count("ip_filter_trials") != 0 {
		t.Errorf("%+v, and %d trials", f, b.count("ip_filter_trials"))
	}
}

func TestTheFateOfATrial(t *testing.T) {
	t.Parallel()
	end := time.Unix(1_900_000_000, 0)
	trial := IPTrial{BackTo: 1, EndsAt: end}
	for _, c := range []struct {
		newest int64
		state  State
		after  time.Duration
		want   fate
	}{
		{2, Running, -1, goesOn}, {2, Running, 0, reverts}, {2, Hibernated, time.Hour, reverts}, {2, Deleting, 0, reverts},
		{3, Running, 0, isMoot}, {2, Removing, 0, isMoot}, {2, Deleted, 0, isMoot},
	} {
		if got := trial.fate(2, c.newest, c.state, end.Add(c.after)); got != c.want {
			t.Errorf("%+v: it %s", c, got)
		}
	}
}

func TestATrialDoesNotWaitForAClockThatWasPutBack(t *testing.T) {
	t.Parallel()
	b := lives(t)
	var ws uuid.UUID
	b.one(&ws, "select id from workspaces")
	b.setFilter(anOperator, ws, tried(0, "203.0.113.0/24"))
	b.back(2 * time.Minute)
	_, err := b.see()
	b.must(err)
	if got := b.ahead("ends_at", "ip_filter_trials"); got > 4*time.Minute || got < 2*time.Minute {
		t.Errorf("it ends in %s", got)
	}
	b.exec("update clock set seen_at = clock_timestamp()") // nobody saw it put back
	b.exec("update ip_filter_trials set ends_at = clock_timestamp() + interval '2 hours'")
	_, err = b.see()
	b.must(err)
	if got := b.ahead("ends_at", "ip_filter_trials"); got > 0 {
		t.Errorf("it ends in %s", got)
	}
}
