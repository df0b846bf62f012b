package edge

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// onPlan is a workspace whose tenant has a plan.
func onPlan(r feed.Route, plan string) feed.Route {
	r.Plan = plan
	return r
}

func TestEachPlanHasItsRates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.Rates, r.config.PlanRates = Rates{}, map[string]Rates{"free": {Workspace: 1}, "enterprise": {Workspace: 1000}}
	acme := onPlan(r.instance("acme", says("acme here")), "free")
	r.control.set(1, acme, onPlan(r.instance("globex", says("globex here")), "enterprise"), r.instance("hooli", says("hooli here")))
	r.start()
	r.waitVersion(1)
	refused := func(slug string) (n int) {
		for range 2 * paceBurst {
			if r.get(slug+".longhouse.localhost", "/").StatusCode == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	if n := refused("acme"); n < paceBurst/2 || n > paceBurst {
		t.Errorf("of the flood %d were refused", n)
	}
	if n, m := refused("globex"), refused("hooli"); n > 0 || m > 0 {
		t.Errorf("of others, %d and %d were refused", n, m)
	}
	r.control.change(2, onPlan(acme, "enterprise"))
	r.waitVersion(2)
	if n := refused("acme"); n > 0 {
		t.Errorf("on the better plan %d were refused", n)
	}
}

// TestAWorkspaceHasSoManyConnections: a web socket counts for as long as it is open, and a request until its answer. Others notice nothing.
func TestAWorkspaceHasSoManyConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.PlanRates = map[string]Rates{"free": {Open: 3}}
	leave := make(chan struct{})
	var letGo sync.Once
	t.Cleanup(func() { letGo.Do(func() { close(leave) }) })
	come := make(chan struct{}, 8)
	acme := onPlan(r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.Header.Get("Upgrade") != "":
			echoSocket(w, req)
		case req.URL.Path == "/slow":
			come <- struct{}{}
			<-leave
		}
	})), "free")
	globex := onPlan(r.instance("globex", says("globex here")), "free")
	r.control.set(1, acme, globex)
	r.start()
	r.waitVersion(1)
	for range 2 {
		if conn, res := r.dialSocket("acme.longhouse.localhost"); conn == nil {
			t.Fatalf("%+v", res)
		}
	}
	answered := make(chan *answerOf, 1)
	go func() { answered <- r.get("acme.longhouse.localhost", "/slow") }()
	<-come
	a := r.get("acme.longhouse.localhost", "/api/v4/system/ping")
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "5" || !strings.Contains(a.body, "longhouse.edge.too_many") {
		t.Errorf("one too many: %+v", a)
	}
	r.get("globex.longhouse.localhost", "/").want(t, http.StatusOK, "globex here")
	acme.Message = "as another version"
	r.control.change(2, acme)
	r.waitVersion(2)
	if a := r.get("acme.longhouse.localhost", "/"); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another route begins anew: %d", a.StatusCode)
	}
	letGo.Do(func() { close(leave) })
	if a := <-answered; a.StatusCode != http.StatusOK {
		t.Errorf("%+v", a)
	}
	eventually(t, "there is a place again", func() bool { return r.get("acme.longhouse.localhost", "/").StatusCode == http.StatusOK })
}

// TestPlansOutliveARestart also where the control plane is away, and where the file is of a release that knew none, all routes are asked for once.
func TestPlansOutliveARestart(t *testing.T) {
	t.Parallel()
	r := setup(t, onPlan(routeTo("acme", "/s"), "free"))
	onDisk := func(version int64) {
		t.Helper()
		eventually(t, "it is on disk", func() bool {
			k := r.server.keeper
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.standing().version == version
		})
	}
	onDisk(1)
	must(t, r.stop())
	r.start()
	if plan := r.server.keeper.table.Lookup("acme.longhouse.localhost").Plan; plan != "free" {
		t.Errorf("after a restart its plan is %q", plan)
	}
	eventually(t, "it asks for what is new", func() bool { return slices.Equal(r.control.queries(), []string{"", "since=1"}) })
	r.control.change(2, routeTo("acme", "/s")) // as the control plane of the release before says it
	r.waitVersion(2)
	onDisk(2)
	must(t, r.stop())
	r.control.set(2, onPlan(routeTo("acme", "/s"), "free"))
	r.start()
	eventually(t, "all is asked for", func() bool { return slices.Equal(r.control.queries(), []string{"", "since=1", ""}) })
	eventually(t, "the plan is known", func() bool { return r.server.keeper.table.Lookup("acme.longhouse.localhost").Plan == "free" })
	r.control.CloseClientConnections()
	eventually(t, "and no more", func() bool { return slices.Equal(r.control.queries(), []string{"", "since=1", "", "since=2"}) })
}
