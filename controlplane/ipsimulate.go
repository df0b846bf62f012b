package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// cutOffMost is how many of those who would be cut off are named.
const cutOffMost = 100

// SimulateIPFilterIn asks whom an IP filter would cut off.
type SimulateIPFilterIn struct {
	WorkspaceIn
	Body SimulateIPFilterBody
}

// SimulateIPFilterBody has the rules of the filter, which is closed.
type SimulateIPFilterBody struct {
	Rules []IPRuleBody `json:"rules" doc:"All of them, up to 1,000"`
}

// IPSimulation says whom a filter would have cut off of those who used the workspace lately.
type IPSimulation struct {
	Since          time.Time `json:"since"`
	Sessions       int       `json:"sessions" doc:"That were used since then and are still good; each counts where it was used last"`
	People         int       `json:"people" doc:"Users whose sessions they are, bots among them"`
	LeftOut        int       `json:"left_out" doc:"Further sessions, of which nothing more is known: there are too many"`
	SessionsCutOff int       `json:"sessions_cut_off"`
	PeopleCutOff   int       `json:"people_cut_off"`
	CutOff         []IPVisit `json:"cut_off" doc:"Who would be, up to 100, the newest first; to operators nobody is named"`
	Denied         int       `json:"denied" doc:"Addresses that the filters of that time have denied, up to 100"`
	LetIn          int       `json:"let_in" doc:"How many of those this one would let in"`
}

// IPVisit is a user at an address from which some of their sessions were used last.
type IPVisit struct {
	Username string    `json:"username"`
	Address  string    `json:"address"`
	Sessions int       `json:"sessions"`
	LastAt   time.Time `json:"last_at"`
}

// IPSimulationOut answers with a simulation.
type IPSimulationOut struct{ Body IPSimulation }

func (s *Server) simulateIPFilter(ctx context.Context, in *SimulateIPFilterIn) (*IPSimulationOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := wishesOf(ctx, in.Body.Rules)
	if err != nil {
		return nil, err
	}
	ws, sim, err := s.store.SimulateIPFilter(ctx, principal(ctx), workspace, rules)
	if err != nil {
		return nil, err
	}
	visits, err := s.config.Opener.Visits(ctx, ws, principal(ctx).Name(), sim.Since)
	if err != nil {
		return nil, err
	}
	sim = sim.Weigh(visits)
	out := IPSimulation{Since: sim.Since, Sessions: sim.Sessions, People: sim.People, LeftOut: sim.LeftOut, SessionsCutOff: sim.SessionsCutOff, PeopleCutOff: sim.PeopleCutOff,
		CutOff: []IPVisit{}, Denied: sim.Denied, LetIn: sim.LetIn}
	if principal(ctx).Operator == uuid.Nil { // who is in a workspace is its tenant's business
		for _, v := range sim.CutOff[:min(len(sim.CutOff), cutOffMost)] {
			out.CutOff = append(out.CutOff, showVisit(v))
		}
	}
	return &IPSimulationOut{Body: out}, nil
}

func showVisit(v tenants.IPVisit) IPVisit {
	return IPVisit{Username: v.Username, Address: v.Address.String(), Sessions: v.Sessions, LastAt: v.LastAt}
}
