package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Edge is one of the ways in.
type Edge struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" doc:"For people; two may have the same"`
	State     string     `json:"state" enum:"current,behind,cut_off,lost,left,fenced" doc:"current: it has the newest routes; behind: not yet; cut_off: it is not heard of any more, and may serve by what it knew; lost: so for a day, and no save names it any more; left: it has said good-bye; fenced: it may serve nothing"`
	Version   int64      `json:"version" doc:"Of the routes that all its processes have confirmed; 0: none that counts"`
	Processes int        `json:"processes" doc:"That may serve, as far as anybody knows; two while one takes the other's place"`
	LastHeard *time.Time `json:"last_heard,omitempty" doc:"When it was last heard of; of several processes the one heard of longest ago"`
	MetAt     time.Time  `json:"met_at" doc:"When it was heard of first"`
	FencedAt  *time.Time `json:"fenced_at,omitempty"`
	FencedBy  string     `json:"fenced_by,omitempty" doc:"Who fenced it"`
	ToldAt    *time.Time `json:"told_at,omitempty" doc:"Of a fenced edge: when it was told; missing: it does not know yet, and may serve"`
}

// EdgeIn names an edge.
type EdgeIn struct {
	Edge string `path:"edge" maxLength:"64" doc:"edg_..., or its name where no other has it"`
}

// EdgeOut answers with an edge.
type EdgeOut struct{ Body Edge }

func (s *Server) edges(ctx context.Context, _ *Nothing) (*ListOut[Edge], error) {
	list, err := s.store.Edges(ctx)
	if err != nil {
		return nil, err
	}
	return whole(list, showEdge), nil
}

func (s *Server) fenceEdge(ctx context.Context, in *EdgeIn) (*EdgeOut, error) {
	return s.setFence(ctx, in, s.store.FenceEdge)
}

func (s *Server) unfenceEdge(ctx context.Context, in *EdgeIn) (*EdgeOut, error) {
	return s.setFence(ctx, in, s.store.UnfenceEdge)
}

func (s *Server) setFence(ctx context.Context, in *EdgeIn, do func(context.Context, tenants.Principal, uuid.UUID) (tenants.Edge, error)) (*EdgeOut, error) {
	found, err := s.store.FindEdge(ctx, in.Edge)
	if err != nil {
		return nil, err
	}
	edge, err := do(ctx, principal(ctx), found)
	return &EdgeOut{Body: showEdge(edge)}, err
}

func showEdge(e tenants.Edge) Edge {
	return Edge{ID: id.Show(id.Edge, e.ID), Name: e.Name, State: string(e.State), Version: max(0, e.Version), Processes: e.Leases, LastHeard: e.HeardAt,
		MetAt: e.MetAt, FencedAt: e.FencedAt, FencedBy: e.FencedBy, ToldAt: e.ToldAt}
}

var usesKnown = desc("longhouse_edge_uses_known", "1 while all edges that may serve tell which workspaces are used; without that none is put to rest.")

var edgeCount = desc("longhouse_edges", "Edges by state: current and behind hold a lease; cut_off and behind may serve by older routes.", "state")

func (g *Gauges) collectEdges(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	list, err := g.store.Edges(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	count := map[tenants.EdgeState]int{}
	for _, e := range list {
		count[e.State]++
	}
	for _, state := range tenants.EdgeStates {
		gauge(edgeCount, float64(count[state]), string(state))
	}
	known, err := g.store.UsesKnown(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	if known {
		gauge(usesKnown, 1)
	} else {
		gauge(usesKnown, 0)
	}
}
