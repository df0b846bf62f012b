package controlplane

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/tenants"
)

func init() {
	wishes["set-ip-filter"] = func(b *bundle) wish {
		done := b.signUp("engines")
		return wish{"/workspaces/" + done.Workspace.ID + "/ip-filter", done.Token, closedTo(0, "127.0.0.0/8")}
	}
}

// closedTo is a closed filter of these networks.
func closedTo(version int64, networks ...string) IPFilterBody {
	body := IPFilterBody{Version: version, Rules: []IPRuleBody{}}
	for _, network := range networks {
		body.Rules = append(body.Rules, IPRuleBody{Network: network})
	}
	return body
}

func TestAnIPFilterIsReadAndSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	var f IPFilter
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &f)
	if f.Version != 0 || !f.Open || f.Rules == nil || len(f.Rules) != 0 || f.ChangedAt != nil || f.YourAddress != "127.0.0.1" {
		t.Errorf("before it was set it is %+v", f)
	}
	until, off := b.clock.now().Add(48*time.Hour), false
	body := closedTo(0, "::ffff:127.0.0.0/104", "2001:DB8::/32")
	body.Rules[1].Name, body.Rules[1].Owner, body.Rules[1].Enabled, body.Rules[1].Until, body.Reason = "Lab", "ada@example.com", &off, &until, "an audit"
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, done.Token, body).into(t, &saved)
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &f)
	if f.Version != 1 || f.Open || f.Reason != "an audit" || f.ChangedBy != done.Person || f.ChangedAt == nil || saved.IPFilter.Version != 1 || saved.RouteVersion != 1 {
		t.Errorf("it is %+v, and was saved as %+v", f, saved)
	}
	if r := f.Rules[0]; r.Network != "127.0.0.0/8" || !r.Enabled || r.Until != nil || !strings.HasPrefix(r.ID, "ipr_") || r.AddedBy != done.Person {
		t.Errorf("%+v", r)
	}
	if r := f.Rules[1]; r.Network != "2001:db8::/32" || r.Enabled || r.Until == nil || !r.Until.Equal(until) || r.Name != "Lab" || r.Owner != "ada@example.com" {
		t.Errorf("%+v", r)
	}
	next := closedTo(1, "127.0.0.1")
	next.Rules[0].ID = f.Rules[0].ID
	b.want(http.StatusOK, put, at, done.Token, next).into(t, &saved)
	if r := saved.IPFilter.Rules; len(r) != 1 || r[0].ID != f.Rules[0].ID || r[0].Network != "127.0.0.1" {
		t.Errorf("%+v", r)
	}
	b.want(http.StatusOK, get, at+"?version=1", done.Token, nil).into(t, &f)
	if f.Version != 1 || len(f.Rules) != 2 {
		t.Errorf("the version before is %+v", f)
	}
	b.want(http.StatusNotFound, get, at+"?version=3", done.Token, nil)
}

func TestWhatIsWrongWithAnIPFilterIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	for _, c := range []struct {
		status        int
		location, say string
		body          any
	}{
		{409, "", "127.0.0.1, the address from which you save it", closedTo(0, "203.0.113.0/24")},
		{409, "", "lets nobody in", closedTo(0)},
		{409, "body.version", "at version 0, and this change is made for version 7", closedTo(7, "127.0.0.1")},
		{422, "body.rules[1].network", "rule 2:", closedTo(0, "127.0.0.1", "10.1")},
		{422, "body.rules[0].id", "not an identifier of the form ipr_", `{"version": 0, "open": true, "rules": [{"id": "7", "network": "127.0.0.1"}]}`},
		{422, "body", "required property rules", `{"version": 0, "open": false}`},
		{422, "body", "required property version", `{"open": true, "rules": []}`},
		{422, "body.rules[0].added_by", "unexpected property", `{"version": 0, "open": true, "rules": [{"network": "127.0.0.1", "added_by": "me"}]}`},
		{422, "body.rules", "may have 1000 rules, and this one has 1001", closedTo(0, make([]string, 1001)...)},
	} {
		p := b.refused(c.status, c.say, put, at, done.Token, c.body)
		if c.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != c.location) {
			t.Errorf("%s: at fault is %+v", c.say, p.Errors)
		}
	}
	forced := closedTo(0, "203.0.113.0/24")
	forced.Force = true
	b.want(http.StatusOK, put, at+"?dry_run=true", done.Token, forced)
	b.refused(409, "the address from which you save it", put, at+"?dry_run=true", done.Token, closedTo(0, "203.0.113.0/24"))
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, b.operator(), forced).into(t, &saved)
	if !saved.IPFilter.Forced || saved.IPFilter.Version != 1 {
		t.Errorf("%+v", saved)
	}
}

// TestAnIPFilterMayBeLarge: a thousand rules with long names are more than other bodies may be.
func TestAnIPFilterMayBeLarge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	body := closedTo(0, "127.0.0.1")
	for i := range 999 {
		body.Rules = append(body.Rules, IPRuleBody{Network: fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), Name: strings.Repeat("€", 64), Owner: strings.Repeat("€", 128)})
	}
	b.want(http.StatusOK, put, at, done.Token, body, keyHeader, "k1")
	if again := b.want(http.StatusOK, put, at, done.Token, body, keyHeader, "k1"); again.header.Get(replayedHeader) != "true" {
		t.Error("it was not repeated")
	}
	b.refused(413, fmt.Sprintf("%d bytes", ipFilterMost), put, at, done.Token, `{"reason":"`+strings.Repeat("x", ipFilterMost)+`"}`)
}

func TestTheHistoryOfAnIPFilterHasPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	for i := range 5 {
		body := closedTo(int64(i), "127.0.0.1", fmt.Sprintf("10.0.0.%d", i))
		body.Reason = fmt.Sprintf("for the %d.", i+1)
		b.want(http.StatusOK, put, at, done.Token, body)
	}
	var seen []int64
	for cursor := ""; ; {
		var page List[IPFilterVersion]
		b.want(http.StatusOK, get, at+"/history?limit=2"+cursor, done.Token, nil).into(t, &page)
		for _, v := range page.Items {
			seen = append(seen, v.Version)
			if v.Open || v.Rules != 2 || v.ChangedBy != done.Person || v.Reason != fmt.Sprintf("for the %d.", v.Version) || v.Version > 1 && (v.Added != 1 || v.Removed != 1) {
				t.Errorf("%+v", v)
			}
		}
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	if fmt.Sprint(seen) != "[5 4 3 2 1]" {
		t.Errorf("%v", seen)
	}
}

// TestAFilterThatIsSavedIsOnTheStreamOfEveryEdge goes the whole way, from the API to an edge that listens and to one that comes later.
func TestAFilterThatIsSavedIsOnTheStreamOfEveryEdge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	b.setRoute(done.Workspace.ID, tenants.Serving)
	_, next := b.connect("", edgeToken)
	if r := next().Routes[0]; r.PolicyVersion != 0 || r.Filter != nil {
		t.Errorf("before there is a filter the route is %+v", r)
	}
	until, off := b.clock.now().Add(2*time.Hour).Truncate(time.Second), false
	body := closedTo(0, "127.0.0.0/8", "203.0.113.7", "198.51.100.0/24")
	body.Rules[1].Until, body.Rules[2].Enabled = &until, &off
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, done.Token, body).into(t, &saved)
	change := next()
	guarded := func(r *feed.Route) {
		t.Helper()
		if r == nil || r.PolicyVersion != 1 || r.State != feed.StateServing || r.Upstream.Address != "/run/x/s" || r.Filter == nil || r.Filter.Open || len(r.Filter.Rules) != 2 {
			t.Fatalf("%+v", r)
		}
		first, second := r.Filter.Rules[0], r.Filter.Rules[1]
		if first.Network != "127.0.0.0/8" || first.Until != nil || first.ID != saved.IPFilter.Rules[0].ID || second.Network != "203.0.113.7" || second.Until == nil || !second.Until.Equal(until) {
			t.Errorf("%+v", r.Filter)
		}
	}
	if change.Type != feed.KindChange || change.Version != saved.RouteVersion {
		t.Errorf("%+v, and the answer said version %d", change, saved.RouteVersion)
	}
	guarded(change.Route)
	_, later := b.connect("", edgeToken)
	guarded(&later().Routes[0])
	b.setRoute(done.Workspace.ID, tenants.Serving) // as whoever starts another instance does
	guarded(next().Route)

	b.want(http.StatusOK, put, at, done.Token, IPFilterBody{Version: 1, Open: true, Rules: []IPRuleBody{}})
	if r := next().Route; r.PolicyVersion != 2 || r.Filter == nil || !r.Filter.Open || len(r.Filter.Rules) != 0 {
		t.Errorf("opened, it is %+v", r)
	}
	_, err := b.pool.Exec(t.Context(), "update routes set policy_version = 9")
	b.must(err)
	b.setRoute(done.Workspace.ID, tenants.Serving)
	if r := next().Route; r.PolicyVersion != 9 || r.Filter != nil {
		t.Errorf("at a version that nobody knows it is %+v, and an edge must let nobody in", r)
	}
}
