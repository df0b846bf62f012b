package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// EdgeState is how an edge stands to the newest version of the routes.
type EdgeState string

// The states of an edge.
const (
	// EdgeCurrent: it was heard of just now, and has the newest version in force.
	EdgeCurrent EdgeState = "current"
	// EdgeBehind: it was heard of just now, and has not confirmed the newest version yet.
	EdgeBehind EdgeState = "behind"
	// EdgeCutOff: it is not heard of any more, never said good-bye, and may serve by what it knew.
	EdgeCutOff EdgeState = "cut_off"
	// EdgeLost: it has been cut off for a day; nobody is told any more that it may serve by what it knew.
	EdgeLost EdgeState = "lost"
	// EdgeLeft: it has said good-bye, and serves nobody.
	EdgeLeft EdgeState = "left"
	// EdgeFenced: an operator wants it to serve nobody.
	EdgeFenced EdgeState = "fenced"
)

// EdgeStates lists all of them.
var EdgeStates = []EdgeState{EdgeCurrent, EdgeBehind, EdgeCutOff, EdgeLost, EdgeLeft, EdgeFenced}

// Edge is one of the ways in, known by the directory that it keeps its routes in. It may be served by two processes for a while.
type Edge struct {
	ID       uuid.UUID
	Name     string // for people; two may have the same
	State    EdgeState
	Version  int64      // what all its processes that count have confirmed; 0: nothing of this history
	Leases   int        // processes that count: those that may serve, as far as anybody knows
	HeardAt  *time.Time // that of its processes heard of longest ago, else its last one; nil: never
	MetAt    time.Time
	FencedAt *time.Time
	FencedBy string     // the principal, as the audit trail calls it
	ToldAt   *time.Time // when a fenced edge was first refused: from then on it serves nobody

	waited bool // one of its processes is in force, and has not confirmed what was asked for
	short  bool // one that counts has not confirmed it
}

// Edges lists all edges, by name.
func (s *Store) Edges(ctx context.Context) ([]Edge, error) {
	view, err := s.viewEdges(ctx)
	if err != nil {
		return nil, err
	}
	return view.at(view.newest), nil
}

// Edge returns one edge.
func (s *Store) Edge(ctx context.Context, edge uuid.UUID) (Edge, error) {
	list, err := s.Edges(ctx)
	if err != nil {
		return Edge{}, err
	}
	for _, e := range list {
		if e.ID == edge {
			return e, nil
		}
	}
	return Edge{}, errNoEdge
}

var errNoEdge = refuse(NotFound, "", "there is no such edge")

// FindEdge returns the edge with this id or, where only one has it, this name.
func (s *Store) FindEdge(ctx context.Context, named string) (uuid.UUID, error) {
	shown, _ := id.Parse(id.Edge, named) // nil is nobody's
	found, err := dbsql.New(s.pool).FindEdges(ctx, dbsql.FindEdgesParams{ID: shown, Name: named})
	switch {
	case err != nil:
		return uuid.Nil, fmt.Errorf("find edge %.64q: %w", named, err)
	case len(found) == 0:
		return uuid.Nil, errNoEdge
	case len(found) > 1:
		return uuid.Nil, refuse(Conflict, "", "%d edges are called %s; name one by its id, as %s", len(found), named, id.Show(id.Edge, found[0]))
	}
	return found[0], nil
}

// WatchEdges returns a channel that gets a value soon after an edge has confirmed a version, has left, or was fenced, until ctx ends
// or the connection to the database is lost, when it is closed. Several may give one value.
func (s *Store) WatchEdges(ctx context.Context) (<-chan struct{}, error) {
	return s.watch(ctx, "edges", (*dbsql.Queries).ListenEdges)
}
