package tenants

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// SimulatedFor is how far a simulation looks back.
const SimulatedFor = 7 * 24 * time.Hour

// IPVisits are who has used a workspace, and from where, as it says itself.
type IPVisits struct {
	Visits  []IPVisit // the newest first
	LeftOut int       // sessions that it does not tell more of
}

// IPVisit is a user at an address from which some sessions of theirs were used last.
type IPVisit struct {
	User, Username string
	Address        netip.Addr
	Sessions       int
	LastAt         time.Time
}

// IPSimulation is what a closed filter would have done to those who came lately.
type IPSimulation struct {
	Since    time.Time
	Sessions int // that were used
	People   int // users whose they are
	LeftOut  int // further sessions, of which nothing more is known
	// What would be cut off.
	SessionsCutOff, PeopleCutOff int
	CutOff                       []IPVisit
	// Addresses that were denied, and how many of them would be let in.
	Denied, LetIn int

	filter IPFilter
	now    time.Time
}

// SimulateIPFilter begins to find out whom a closed filter of these rules would cut off, and returns the workspace, which runs and has to
// be asked; Weigh goes on with what it says. It is recorded, as whoever asks learns from where people come.
func (s *Store) SimulateIPFilter(ctx context.Context, p Principal, workspace uuid.UUID, rules []IPRuleWish) (ws Workspace, sim IPSimulation, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.GetWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		sim = IPSimulation{now: s.now(), Since: s.now().Add(-SimulatedFor)}
		was, err := newestIPFilter(ctx, q, workspace)
		if err != nil {
			return err
		}
		if sim.filter.Rules, err = (IPFilterChange{Rules: rules}).rules(was, p.Name(), sim.now, s.newID); err != nil {
			return err
		}
		if ws = FromRow(row); ws.State != Running {
			return refuse(Conflict, "", "the workspace is %s, and only one that is %s can say who uses it", ws.State, Running)
		}
		denied, err := denied(ctx, q, workspace, sim.Since)
		if err != nil {
			return err
		}
		sim.Denied = len(denied)
		for _, d := range denied {
			if sim.filter.letsIn(d.Address, sim.now) {
				sim.LetIn++
			}
		}
		return s.record(ctx, tx, Event{Tenant: &ws.Tenant, Actor: p.Name(), Action: "workspace.simulate_ip_filter", Subject: id.Show(id.Workspace, workspace)})
	})
	return ws, sim, err
}

// Weigh says whom the filter would cut off.
func (sim IPSimulation) Weigh(all IPVisits) IPSimulation {
	people, cut := map[string]bool{}, map[string]bool{}
	sim.LeftOut = all.LeftOut
	for _, v := range all.Visits {
		sim.Sessions += v.Sessions
		people[v.User] = true
		if !sim.filter.letsIn(v.Address, sim.now) {
			sim.SessionsCutOff += v.Sessions
			sim.CutOff = append(sim.CutOff, v)
			cut[v.User] = true
		}
	}
	sim.People, sim.PeopleCutOff = len(people), len(cut)
	return sim
}
