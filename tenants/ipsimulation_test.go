package tenants

import (
	"net/netip"
	"testing"
	"time"
)

func TestASimulationSaysWhomAFilterWouldCutOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	at := netip.MustParseAddr
	b.must(b.store.NoteIPActivity(t.Context(), []IPActivity{{ws, nil, []IPDenial{{at("192.0.2.1"), 5, b.now()}, {at("203.0.113.7"), 1, b.now()}}}}))
	b.move(time.Hour)
	ended := b.now().Add(-time.Minute)
	rules := closed(0, "203.0.113.0/24", "2001:db8::/32").Rules
	_, _, err := b.store.SimulateIPFilter(t.Context(), p, ws, append(rules, IPRuleWish{Network: "10.1"}))
	b.refused(err, Invalid, "rule 3")
	rules = append(rules, IPRuleWish{Network: "198.51.100.0/24"}) // which is disabled
	_, _, err = b.store.SimulateIPFilter(t.Context(), p, ws, append(rules, IPRuleWish{Network: "192.0.2.0/24", Enabled: true, Until: &ended}))
	b.refused(err, Invalid, "is past")
	asked, sim, err := b.store.SimulateIPFilter(t.Context(), p, ws, rules)
	b.must(err)
	if asked.ID != ws || sim.Denied != 2 || sim.LetIn != 1 || !sim.Since.Equal(b.now().Add(-SimulatedFor)) {
		t.Errorf("%+v", sim)
	}
	sim = sim.Weigh(IPVisits{LeftOut: 3, Visits: []IPVisit{
		{"u1", "ada", at("203.0.113.9"), 2, b.now()}, {"u1", "ada", at("198.51.100.1"), 1, b.now()}, {"u2", "bob", at("2001:db8::1"), 1, b.now()},
		{"u3", "eve", at("198.51.100.2"), 3, b.now()}, {"u3", "eve", at("198.51.100.3"), 1, b.now()},
	}})
	if sim.Sessions != 8 || sim.People != 3 || sim.LeftOut != 3 || sim.SessionsCutOff != 5 || sim.PeopleCutOff != 2 || len(sim.CutOff) != 3 || sim.CutOff[0].Username != "ada" {
		t.Errorf("%+v", sim)
	}
	if f := b.inForce(ws); f.Version != 0 {
		t.Errorf("it was saved: %+v", f)
	}
	b.rest(p, ws, nil)
	_, _, err = b.store.SimulateIPFilter(t.Context(), p, ws, rules)
	b.refused(err, Conflict, "the workspace is hibernated")
	events, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.simulate_ip_filter"}, Page{Limit: 10})
	if err != nil || len(events) != 1 || events[0].Actor != p.Name() {
		t.Errorf("%+v, %v", events, err)
	}
}
