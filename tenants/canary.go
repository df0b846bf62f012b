package tenants

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// canariesPerCell is how many of them it takes to try the borders of a cell.
const canariesPerCell = 2

// EnsureCanaries asks for canaries until there are two of them in each cell that takes workspaces, and for the end of
// those in cells that are being given up. A cell that refuses them keeps no other from having its own.
func (s *Store) EnsureCanaries(ctx context.Context) error {
	loads, err := s.Loads(ctx)
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := dbsql.New(tx).AddCanaryTenant(ctx, dbsql.AddCanaryTenantParams{ID: CanaryTenant, Name: "Canaries", CreatedAt: s.now()}); err != nil {
			return fmt.Errorf("add the tenant of the canaries: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.ensureCanaries(ctx, loads)
}

func (s *Store) ensureCanaries(ctx context.Context, loads []Load) error {
	var failed []error
	for _, l := range loads {
		err := s.inTx(ctx, func(tx pgx.Tx) error { return s.ensureCanariesOf(ctx, tx, l) })
		if err != nil {
			failed = append(failed, fmt.Errorf("cell %s: %w", l.Cell.Name, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Store) ensureCanariesOf(ctx context.Context, tx pgx.Tx, l Load) error {
	q := dbsql.New(tx)
	if _, err := q.LockTenant(ctx, CanaryTenant); err != nil {
		return fmt.Errorf("lock the tenant of the canaries: %w", err)
	}
	there, err := q.ListCanariesOf(ctx, dbsql.ListCanariesOfParams{TenantID: CanaryTenant, CellID: l.Cell.ID})
	if err != nil {
		return fmt.Errorf("list canaries: %w", err)
	}
	switch {
	case l.Takes():
		return s.addCanaries(ctx, tx, l.Cell.ID, canariesPerCell-len(there))
	case l.Cell.State == CellDraining:
		return s.removeCanaries(ctx, tx, there)
	default:
		return nil
	}
}

func (s *Store) addCanaries(ctx context.Context, tx pgx.Tx, cell uuid.UUID, missing int) error {
	for range missing {
		_, _, err := s.addWorkspace(ctx, tx, System, NewWorkspace{Tenant: CanaryTenant, Name: "Canary", cell: cell,
			Slug: canarySlug + strings.ToLower(rand.Text()[:8]), AdminEmail: "canary@" + s.baseDomain})
		if err != nil {
			return err
		}
	}
	return nil
}

// removeCanaries leaves alone those that something is done to: the next round finds them.
func (s *Store) removeCanaries(ctx context.Context, tx pgx.Tx, list []dbsql.Workspace) error {
	for _, ws := range list {
		if !slices.Contains(passages[KindRetire].from, State(ws.State)) {
			continue
		}
		if _, err := s.wantGone(ctx, tx, System, dbsql.Operation{}, ws, s.now(), true); err != nil {
			return err
		}
		err := s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: System, Action: "workspace.delete", Subject: id.Show(id.Workspace, ws.ID),
			Details: map[string]string{"why": "its cell is being given up"}})
		if err != nil {
			return err
		}
	}
	return nil
}
