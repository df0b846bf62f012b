package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// edgeLease is for how long an edge that is not heard of any more is still waited for: an edge
	// confirms after every heartbeat, so that two of these may be lost.
	edgeLease = 15 * time.Second
	// edgeDoubt is how long one that has not said good-bye is named by those who ask which have confirmed. It serves by what it knew for
	// as long as it runs; but a machine that is gone for good never says so, and a day is long enough for an operator to fence it.
	edgeDoubt = 24 * time.Hour
	// edgeMemory is how long an edge that is not heard of any more is listed.
	edgeMemory = 30 * 24 * time.Hour
)

// Confirmed is how far edges have put a version of the routes in force.
type Confirmed struct {
	Edges  int    // that have
	Behind []Edge // that may serve by an older one, and the version that each has
	Wait   bool   // whether one of these will probably confirm soon
}

// ConfirmedBy returns which edges have put a version of the routes in force. Those that are fenced, have left, or were not heard of for a
// day count neither way.
func (s *Store) ConfirmedBy(ctx context.Context, version int64) (c Confirmed, err error) {
	view, err := s.viewEdges(ctx)
	if err != nil {
		return c, err
	}
	for _, e := range view.at(version) {
		switch {
		case e.Leases == 0:
		case e.short:
			c.Behind = append(c.Behind, e)
			c.Wait = c.Wait || e.waited
		default:
			c.Edges++
		}
	}
	return c, nil
}

// edgeView is all that is known of edges at a moment.
type edgeView struct {
	now, certain time.Time
	newest       int64
	rows         []dbsql.ListEdgesRow // of one edge one after the other
}

func (s *Store) viewEdges(ctx context.Context) (v edgeView, err error) {
	v.now = s.now()
	// An edge that is not named can't be named later, so a clock that leapt ends nobody's doubt.
	if v.certain, err = s.Certain(ctx); err != nil {
		return v, err
	}
	if v.rows, err = dbsql.New(s.pool).ListEdges(ctx); err != nil {
		return v, fmt.Errorf("list edges: %w", err)
	}
	if len(v.rows) > 0 {
		v.newest = v.rows[0].Newest
	}
	return v, nil
}

// at judges every edge by whether it has confirmed this version.
func (v edgeView) at(version int64) (edges []Edge) {
	for from := 0; from < len(v.rows); {
		to := from + 1
		for to < len(v.rows) && v.rows[to].Edge.ID == v.rows[from].Edge.ID {
			to++
		}
		edges = append(edges, v.judge(v.rows[from:to], version))
		from = to
	}
	return edges
}

// judge makes one edge of its leases.
func (v edgeView) judge(leases []dbsql.ListEdgesRow, version int64) Edge {
	row := leases[0].Edge
	e := Edge{ID: row.ID, Name: row.Name, MetAt: row.MetAt, FencedAt: row.FencedAt, FencedBy: row.FencedBy, ToldAt: row.ToldAt}
	var last *time.Time
	var lost, silent bool
	for _, l := range leases {
		if l.HeardAt != nil && (last == nil || l.HeardAt.After(*last)) {
			last = l.HeardAt
		}
		switch {
		case l.LeaseID == nil || l.OverAt != nil:
			continue
		case v.certain.Sub(*l.HeardAt) >= edgeDoubt:
			lost = true
			continue
		}
		confirmed, inForce := v.confirmed(l), v.now.Sub(*l.HeardAt) < edgeLease
		if e.Leases == 0 || confirmed < e.Version {
			e.Version = confirmed
		}
		if e.Leases == 0 || l.HeardAt.Before(*e.HeardAt) {
			e.HeardAt = l.HeardAt
		}
		e.Leases++
		silent = silent || !inForce
		e.short = e.short || confirmed < version
		e.waited = e.waited || confirmed < version && inForce
	}
	if e.HeardAt == nil {
		e.HeardAt = last
	}
	switch {
	case e.FencedAt != nil:
		e.State, e.Leases = EdgeFenced, 0
	case silent:
		e.State = EdgeCutOff
	case e.short:
		e.State = EdgeBehind
	case e.Leases > 0:
		e.State = EdgeCurrent
	case lost:
		e.State = EdgeLost
	default:
		e.State = EdgeLeft
	}
	return e
}

// confirmed is what a lease's process has put in force of the history that counts.
func (v edgeView) confirmed(l dbsql.ListEdgesRow) int64 {
	if *l.History != l.CurrentHistory {
		return -1 // less than any, also than the version before the first change
	}
	return *l.Version
}
