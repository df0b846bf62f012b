package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// EdgeProcess is who speaks for an edge.
type EdgeProcess struct {
	Edge  uuid.UUID
	Lease uuid.UUID // of this process, and of no other
	Name  string
}

// ErrFenced is returned to an edge that an operator has fenced.
var ErrFenced = errors.New("an operator has fenced this edge: it may serve nothing until it is unfenced")

// MeetEdge renews a lease, or gives one out, before an edge is told of routes. It confirms nothing. A fenced edge gets ErrFenced, and that
// it was told so is written down.
func (s *Store) MeetEdge(ctx context.Context, p EdgeProcess) error {
	return s.hear(ctx, p, func(tx pgx.Tx) error {
		return s.renewed(dbsql.New(tx).RenewLease(ctx, dbsql.RenewLeaseParams{ID: p.Lease, EdgeID: p.Edge, Now: s.now()}))
	})
}

func (s *Store) renewed(leases int64, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("renew the lease of an edge: %w", err)
	case leases == 0:
		return errLeaseOver
	}
	return nil
}

// errLeaseOver is for a process that was said to serve no more: to count it again would let what was late revive it.
var errLeaseOver = refuse(Conflict, "", "this lease is over, or another edge's; a process that serves takes a lease that nobody had")

// ConfirmRoutes writes down that a process of an edge has put a version of a history of routes in force, and all before it, and renews its
// lease. over are leases of the same edge whose processes serve no more; its own may be among them. A fenced edge gets ErrFenced.
func (s *Store) ConfirmRoutes(ctx context.Context, p EdgeProcess, version int64, history string, over []uuid.UUID) error {
	return s.hear(ctx, p, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		news, err := q.ConfirmLease(ctx, dbsql.ConfirmLeaseParams{ID: p.Lease, EdgeID: p.Edge, Version: version, History: history, Now: s.now()})
		if errors.Is(err, pgx.ErrNoRows) {
			return errLeaseOver
		}
		if err != nil {
			return fmt.Errorf("confirm a version of the routes: %w", err)
		}
		ended := int64(0)
		if len(over) > 0 {
			ended, err = q.EndLeases(ctx, dbsql.EndLeasesParams{Now: s.now(), EdgeID: p.Edge, Leases: over})
			if err != nil {
				return fmt.Errorf("end leases of an edge: %w", err)
			}
		}
		if !news && ended == 0 {
			return nil // nobody waits for a lease that was renewed
		}
		return q.NotifyEdges(ctx)
	})
}

// hear lets a process of an edge do something, unless the edge is fenced. One that was never heard of is welcome: it has the edges' token.
func (s *Store) hear(ctx context.Context, p EdgeProcess, do func(pgx.Tx) error) error {
	fenced := false
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		if fenced, err = s.knowEdge(ctx, tx, p); err != nil || fenced {
			return err
		}
		return do(tx)
	})
	if err == nil && fenced {
		return ErrFenced
	}
	return err
}

func (s *Store) knowEdge(ctx context.Context, tx pgx.Tx, p EdgeProcess) (fenced bool, err error) {
	q := dbsql.New(tx)
	row, err := q.ReadEdge(ctx, p.Edge)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, s.welcomeEdge(ctx, tx, p)
	case err != nil:
		return false, fmt.Errorf("read edge %s: %w", p.Edge, err)
	}
	if row.Name != p.Name {
		if err := q.RenameEdge(ctx, dbsql.RenameEdgeParams{ID: p.Edge, Name: p.Name}); err != nil {
			return false, fmt.Errorf("rename edge %s: %w", p.Edge, err)
		}
	}
	if row.FencedAt == nil {
		return false, nil
	}
	if _, err := q.TellFence(ctx, dbsql.TellFenceParams{ID: p.Edge, Now: s.now()}); err != nil {
		return true, fmt.Errorf("note that edge %s was told of its fence: %w", p.Edge, err)
	}
	return true, nil
}

func (s *Store) welcomeEdge(ctx context.Context, tx pgx.Tx, p EdgeProcess) error {
	met, err := dbsql.New(tx).MeetEdge(ctx, dbsql.MeetEdgeParams{ID: p.Edge, Name: p.Name, Now: s.now()})
	if err != nil {
		return fmt.Errorf("meet edge %s: %w", p.Edge, err)
	}
	if met == 0 {
		return nil // its other process was first
	}
	return s.record(ctx, tx, Event{Actor: System, Action: "edge.meet", Subject: id.Show(id.Edge, p.Edge), Details: map[string]string{"name": p.Name}})
}

func (s *Store) forgetEdges(ctx context.Context, tx pgx.Tx) error {
	before := s.now().Add(-edgeMemory)
	if err := dbsql.New(tx).ForgetLeases(ctx, before); err != nil {
		return fmt.Errorf("forget leases of edges: %w", err)
	}
	if err := dbsql.New(tx).ForgetEdges(ctx, before); err != nil {
		return fmt.Errorf("forget edges: %w", err)
	}
	return nil
}
