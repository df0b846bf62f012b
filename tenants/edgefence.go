package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// FenceEdge lets an edge serve nothing from the moment it hears of it, over restarts, until it is unfenced. Nobody waits for it any more
// from now on: who fences an edge that can't be reached vouches that no client reaches it either.
func (s *Store) FenceEdge(ctx context.Context, p Principal, edge uuid.UUID) (Edge, error) {
	return s.setFence(ctx, edge, true, func(tx pgx.Tx, name string) error {
		q := dbsql.New(tx)
		if err := q.FenceEdge(ctx, dbsql.FenceEdgeParams{ID: edge, Now: s.now(), FencedBy: p.Name()}); err != nil {
			return fmt.Errorf("fence edge %s: %w", edge, err)
		}
		if err := q.NotifyRoutes(ctx); err != nil { // its stream shall end
			return err
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "edge.fence", Subject: id.Show(id.Edge, edge), Details: map[string]string{"name": name}})
	})
}

// UnfenceEdge lets a fenced edge serve again, once it has caught up.
func (s *Store) UnfenceEdge(ctx context.Context, p Principal, edge uuid.UUID) (Edge, error) {
	return s.setFence(ctx, edge, false, func(tx pgx.Tx, name string) error {
		if err := dbsql.New(tx).UnfenceEdge(ctx, edge); err != nil {
			return fmt.Errorf("unfence edge %s: %w", edge, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "edge.unfence", Subject: id.Show(id.Edge, edge), Details: map[string]string{"name": name}})
	})
}

// setFence does nothing where the edge is fenced, or not, as it shall be.
func (s *Store) setFence(ctx context.Context, edge uuid.UUID, fenced bool, do func(tx pgx.Tx, name string) error) (Edge, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).LockEdge(ctx, edge)
		if err != nil {
			return unlessMissing(err, errNoEdge)
		}
		if fenced == (row.FencedAt != nil) {
			return nil
		}
		if err := do(tx, row.Name); err != nil {
			return err
		}
		return dbsql.New(tx).NotifyEdges(ctx)
	})
	if err != nil {
		return Edge{}, err
	}
	return s.Edge(ctx, edge)
}

// Fenced reports whether an edge may serve nothing.
func (s *Store) Fenced(ctx context.Context, edge uuid.UUID) (bool, error) {
	row, err := dbsql.New(s.pool).ReadEdge(ctx, edge)
	if err != nil {
		return false, unlessMissing(err, nil)
	}
	return row.FencedAt != nil, nil
}
