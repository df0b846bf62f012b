package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Ask begins an operation on a workspace that is there: its state, the operation and the audit event are one
// transaction. It refuses what the lifecycle has no arc for.
func (s *Store) Ask(ctx context.Context, p Principal, workspace uuid.UUID, args Args, reason string) (op Operation, err error) {
	kind := args.Kind()
	way, ok := passages[kind]
	if !ok || way.from == nil {
		panic(fmt.Sprintf("tenants: %s can't be asked for on a workspace", kind))
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		op, err = s.ask(ctx, tx, p, workspace, args, reason, map[string]string{})
		return err
	})
	return op, err
}

// ask tells of the wish with these details, and with the operation that it became.
func (s *Store) ask(ctx context.Context, tx pgx.Tx, p Principal, workspace uuid.UUID, args Args, reason string, details map[string]string) (op Operation, err error) {
	row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
	if err != nil {
		return op, unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
	}
	if args.Kind() == KindStart && State(row.State) == Hibernated {
		args = WakeArgs{} // to who asks it is the same
	}
	return s.pass(ctx, tx, p.Name(), row, args, reason, details)
}

// pass begins an operation on a locked workspace, and tells who wanted it.
func (s *Store) pass(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace, args Args, reason string, details map[string]string) (Operation, error) {
	op, err := s.set(ctx, tx, by, row, args, reason)
	if err != nil {
		return op, err
	}
	details["operation"] = id.Show(id.Operation, op.ID)
	return op, s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: by, Action: "workspace." + string(args.Kind()),
		Subject: id.Show(id.Workspace, row.ID), Details: details})
}

// set moves a workspace into the state of an operation, and asks for that operation.
func (s *Store) set(ctx context.Context, tx pgx.Tx, by string, row dbsql.Workspace, args Args, reason string) (Operation, error) {
	way := passages[args.Kind()]
	if args.Kind() == KindHibernate && row.AlwaysOn {
		return Operation{}, refuse(Conflict, "", "the workspace is always on; to have it hibernate take that back first: longhouse workspaces set %s --always-on=false", row.Slug)
	}
	if !slices.Contains(way.from, State(row.State)) {
		return Operation{}, refuse(Conflict, "", "the workspace is %s; %s is possible only when it is %s", row.State, args.Kind(), list(way.from))
	}
	if err := s.move(ctx, tx, row.ID, State(row.State), way.during); err != nil {
		return Operation{}, err
	}
	if args.Kind() == KindDelete {
		if err := s.breakOffParts(ctx, tx, by, row.ID, "the workspace is being removed"); err != nil {
			return Operation{}, err
		}
	}
	return s.Request(ctx, tx, Request{Args: args, Cell: row.CellID, Tenant: &row.TenantID, Workspace: &row.ID, By: by, Reason: reason})
}

// Arrive moves a workspace to where its operation ends, in the transaction in which the operation ends.
func (s *Store) Arrive(ctx context.Context, tx pgx.Tx, op Operation, end Progress) error {
	if err := s.recordEnd(ctx, tx, op, end); err != nil {
		return err
	}
	way := passages[op.Kind]
	next := way.done
	if end == Undone {
		next = way.undone
	}
	if op.Workspace == nil || next == "" {
		return nil
	}
	row, err := dbsql.New(tx).LockWorkspace(ctx, *op.Workspace)
	if err != nil {
		return fmt.Errorf("lock workspace %s: %w", op.Workspace, err)
	}
	from := State(row.State)
	switch {
	case next == asBefore && op.Kind == KindRetire:
		if next, err = s.forgetDeletion(ctx, tx, row.ID); err != nil {
			return err
		}
	case next == asBefore:
		next = beforeStop(row)
	case op.Kind == KindDelete && from == Deleting: // asked for by the version before, which knew no grace
		from = Removing
	}
	if from != next {
		err = s.move(ctx, tx, row.ID, from, next)
	}
	if err != nil {
		return err
	}
	if next == Deleted {
		if err := s.leaveSlug(ctx, tx, row.ID, end); err != nil {
			return err
		}
		if err := forgetIPFilters(ctx, dbsql.New(tx), row.ID); err != nil {
			return err
		}
		if err := forgetDomains(ctx, dbsql.New(tx), row.ID); err != nil {
			return err
		}
		if err := forgetBackups(ctx, dbsql.New(tx), row.ID); err != nil {
			return err
		}
	}
	err = s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "workspace." + string(next),
		Subject: id.Show(id.Workspace, row.ID), Details: map[string]string{"operation": id.Show(id.Operation, op.ID)}})
	if err != nil {
		return err
	}
	return s.afterRest(ctx, tx, op, row, end)
}

// leaveSlug holds the slug of a workspace that people knew, and frees that of one that never came to be.
func (s *Store) leaveSlug(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, end Progress) error {
	var err error
	if end == Undone {
		err = dbsql.New(tx).FreeSlugs(ctx, workspace)
	} else {
		err = dbsql.New(tx).HoldSlugs(ctx, dbsql.HoldSlugsParams{WorkspaceID: workspace, HeldUntil: s.now().Add(slugHold)})
	}
	if err != nil {
		return fmt.Errorf("give up the slug of workspace %s: %w", workspace, err)
	}
	return nil
}

func (s *Store) move(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, from, to State) error {
	if !from.May(to) {
		return fmt.Errorf("workspace %s can't go from %s to %s", id.Show(id.Workspace, workspace), from, to)
	}
	err := dbsql.New(tx).SetWorkspaceState(ctx, dbsql.SetWorkspaceStateParams{ID: workspace, State: string(to), Now: s.now()})
	if err != nil {
		return fmt.Errorf("move workspace %s to %s: %w", workspace, to, err)
	}
	return nil
}

func list(states []State) string {
	text := ""
	for i, st := range states {
		if i > 0 {
			text += " or "
		}
		text += string(st)
	}
	return text
}
