package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// usesGap is for how long an edge may tell nothing of uses until it counts as not knowing: four times the pause in which it tells.
const usesGap = 2 * time.Minute

// NoteUses takes a process's word for which workspaces somebody used at its edge since it told last. As the time of each counts the present,
// so that no edge's clock matters. more: it has not told all yet, so that the rest may still have been used.
func (s *Store) NoteUses(ctx context.Context, p EdgeProcess, workspaces []uuid.UUID, more bool) error {
	return s.hear(ctx, p, func(tx pgx.Tx) error {
		q, now := dbsql.New(tx), s.now()
		if err := s.renewed(q.RenewLease(ctx, dbsql.RenewLeaseParams{ID: p.Lease, EdgeID: p.Edge, Now: now})); err != nil {
			return err
		}
		if len(workspaces) > 0 {
			if err := q.NoteUses(ctx, dbsql.NoteUsesParams{Workspaces: workspaces, Now: now}); err != nil {
				return fmt.Errorf("note which workspaces are used: %w", err)
			}
		}
		if more {
			return nil
		}
		if err := q.TellUses(ctx, dbsql.TellUsesParams{ID: p.Lease, Now: now}); err != nil {
			return fmt.Errorf("note that an edge has told of uses: %w", err)
		}
		if err := q.KnowUses(ctx, dbsql.KnowUsesParams{ID: p.Edge, Now: now, Gap: now.Add(-usesGap)}); err != nil {
			return fmt.Errorf("note since when an edge tells of uses: %w", err)
		}
		return nil
	})
}

// UsesKnown reports whether every edge that may serve has told lately which workspaces are used.
func (s *Store) UsesKnown(ctx context.Context) (bool, error) {
	view, err := s.viewEdges(ctx)
	if err != nil {
		return false, err
	}
	_, known := view.usesKnown()
	return known, nil
}

// usesKnown returns from when on every use of every workspace is known. Where one edge that may serve has told nothing lately, or there is
// none, nothing is known: whoever is there by way of it must not be taken for absent.
func (v edgeView) usesKnown() (since time.Time, known bool) {
	for _, l := range v.rows {
		if l.LeaseID == nil || l.OverAt != nil || l.Edge.FencedAt != nil || v.certain.Sub(*l.HeardAt) >= edgeDoubt {
			continue
		}
		if l.LeaseUsesAt == nil || l.Edge.UsesSince == nil || v.now.Sub(*l.LeaseUsesAt).Abs() > usesGap {
			return time.Time{}, false
		}
		if known = true; l.Edge.UsesSince.After(since) {
			since = *l.Edge.UsesSince
		}
	}
	return since, known
}
