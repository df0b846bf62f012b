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

// RevertIPFilters brings those back whose successors were tried and not confirmed in time, and returns how many. Several may do so at once.
func (s *Store) RevertIPFilters(ctx context.Context) (n int, err error) {
	due, err := dbsql.New(s.pool).DueIPFilterTrials(ctx, s.now())
	if err != nil {
		return 0, fmt.Errorf("look for trials of IP filters that are over: %w", err)
	}
	return s.eachFilter(ctx, due, "revert the IP filter of", s.settleTrial)
}

// eachFilter works on the IP filter of each workspace in a transaction of its own, and returns how many it changed. One that fails, with what was
// attempted, keeps no other from it.
func (s *Store) eachFilter(ctx context.Context, workspaces []uuid.UUID, what string, work func(context.Context, pgx.Tx, uuid.UUID) (changed bool, err error)) (n int, failed error) {
	for _, workspace := range workspaces {
		changed := false
		err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
			changed, err = work(ctx, tx, workspace)
			return err
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s %s: %w", what, id.Show(id.Workspace, workspace), err))
		} else if changed {
			n++
		}
	}
	return n, failed
}

func (s *Store) settleTrial(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) (reverted bool, err error) {
	q := dbsql.New(tx)
	ws, err := q.LockFilteredWorkspace(ctx, workspace)
	if err != nil {
		return false, fmt.Errorf("lock workspace %s: %w", workspace, err)
	}
	row, err := q.GetIPFilterTrial(ctx, workspace)
	if errors.Is(err, pgx.ErrNoRows) { // somebody confirmed it meanwhile, or saved another one
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the trial of an IP filter: %w", err)
	}
	was, err := newestIPFilter(ctx, q, workspace)
	if err != nil {
		return false, err
	}
	trial := IPTrial{BackTo: row.BackTo, EndsAt: row.EndsAt}
	switch trial.fate(row.Version, was.Version, State(ws.State), s.now()) {
	case isMoot:
		return false, endTrial(ctx, q, workspace)
	case reverts:
		return true, s.revert(ctx, tx, ws, was, trial)
	}
	return false, nil
}

// revert puts an older version in force again, as a new one that nobody has to confirm. It drops nobody's hour.
func (s *Store) revert(ctx context.Context, tx pgx.Tx, ws dbsql.Workspace, was IPFilter, t IPTrial) error {
	back, err := ipFilterAt(ctx, dbsql.New(tx), ws.ID, t.BackTo)
	if err != nil {
		return err
	}
	now := s.now()
	f := IPFilter{Workspace: ws.ID, Version: was.Version + 1, Open: back.Open, Rules: takingHours(back.Rules, was.Rules, now), Exceptions: back.Exceptions, ChangedBy: System, ChangedAt: now,
		Reason: fmt.Sprintf("nobody confirmed version %d by %s; %s is back", was.Version, shown(t.EndsAt), t.backTo())}
	_, err = s.putIPFilter(ctx, tx, Principal{}, ws.TenantID, &f, was, nil)
	return err
}
