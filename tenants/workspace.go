package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Workspace is one isolated chat server.
type Workspace struct {
	ID         uuid.UUID
	Tenant     uuid.UUID
	Region     string
	Cell       uuid.UUID
	Release    uuid.UUID
	Name       string
	Slug       string
	State      State
	AdminEmail string  // who becomes its first system admin
	AdminUser  *string // that person's user id within the workspace, once it is there
	CreatedAt  time.Time
	UpdatedAt  time.Time
	DeleteAt   *time.Time // until when it can be brought back, and when it is removed; nil: nobody wants it deleted

	HibernatedAt *time.Time    // since when its instance rests; nil: it does not
	WakeAt       *time.Time    // when something is due in it, for which it is woken; nil: nothing is
	Wakes        int64         // how often it was woken
	LastWake     time.Duration // how long that took the last time, from the wish to the route
	WokenAt      *time.Time    // when that was; nil: never, as far as is known
	WakeWhy      string        // and what for

	AlwaysOn  bool          // it never hibernates
	IdleAfter time.Duration // after how long without use it does; 0: as its plan has it
	IdleSince time.Time     // since when nobody used it, as far as edges have told; also: since it runs
}

// NewWorkspace is a wish for a workspace.
type NewWorkspace struct {
	Tenant     uuid.UUID
	Name       string
	Slug       string
	Region     string // empty: the installation's first
	AdminEmail string // empty: the principal's own

	cell uuid.UUID // where it has to be; zero: where there is room
}

// CreateWorkspace asks for a further workspace of a tenant.
func (s *Store) CreateWorkspace(ctx context.Context, p Principal, n NewWorkspace) (ws Workspace, op Operation, err error) {
	if n.Name, err = checkName("name", n.Name); err != nil {
		return ws, op, err
	}
	if err := checkSlug(n.Slug); err != nil {
		return ws, op, err
	}
	person, err := s.Person(ctx, p.Person)
	if err != nil {
		return ws, op, err
	}
	n.AdminEmail = person.Email
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		ws, op, err = s.addWorkspace(ctx, tx, p.Name(), n)
		return err
	})
	return ws, op, err
}

func (s *Store) addWorkspace(ctx context.Context, tx pgx.Tx, by string, n NewWorkspace) (Workspace, Operation, error) {
	if err := s.checkAllowance(ctx, tx, n.Tenant); err != nil {
		return Workspace{}, Operation{}, err
	}
	cell, release, err := s.place(ctx, tx, n)
	if err != nil {
		return Workspace{}, Operation{}, err
	}
	ws := Workspace{ID: s.newID(), Tenant: n.Tenant, Region: cell.Region, Cell: cell.ID, Release: release, Name: n.Name, Slug: n.Slug,
		State: Provisioning, AdminEmail: n.AdminEmail, CreatedAt: s.now(), UpdatedAt: s.now()}
	err = dbsql.New(tx).AddWorkspace(ctx, dbsql.AddWorkspaceParams{ID: ws.ID, TenantID: ws.Tenant, RegionID: ws.Region, CellID: ws.Cell,
		ReleaseID: ws.Release, Name: ws.Name, Slug: ws.Slug, State: string(ws.State), AdminEmail: ws.AdminEmail, CreatedAt: ws.CreatedAt})
	if err != nil {
		return Workspace{}, Operation{}, fmt.Errorf("add a workspace: %w", err)
	}
	if err := s.takeSlug(ctx, tx, ws); err != nil {
		return Workspace{}, Operation{}, err
	}
	op, err := s.Request(ctx, tx, Request{Args: ProvisionArgs{}, Cell: ws.Cell, Tenant: &ws.Tenant, Workspace: &ws.ID, By: by, Reason: "the workspace was asked for"})
	if err != nil {
		return Workspace{}, Operation{}, err
	}
	return ws, op, s.record(ctx, tx, Event{Tenant: &ws.Tenant, Actor: by, Action: "workspace.create",
		Subject: id.Show(id.Workspace, ws.ID), Details: map[string]string{"slug": ws.Slug, "name": ws.Name, "region": ws.Region}})
}

// checkAllowance refuses more workspaces than the tenant's plan has. It locks the tenant, so that two can't both be the last.
func (s *Store) checkAllowance(ctx context.Context, tx pgx.Tx, tenant uuid.UUID) error {
	q := dbsql.New(tx)
	t, err := q.LockTenant(ctx, tenant)
	if err != nil {
		return unlessMissing(err, refuse(NotFound, "", "there is no such tenant"))
	}
	n, err := q.CountWorkspaces(ctx, tenant)
	if err != nil {
		return fmt.Errorf("count workspaces: %w", err)
	}
	if allowed := workspacesAllowed[Plan(t.Plan)]; n >= allowed {
		return refuse(Conflict, "", "the plan %s has %d workspaces, and all of them are in use; delete one or change the plan", t.Plan, allowed)
	}
	return nil
}

// takeSlug gives the workspace its slug. One that is held after a deletion is free again when its time is over.
func (s *Store) takeSlug(ctx context.Context, tx pgx.Tx, ws Workspace) error {
	certain, err := s.certain(ctx, dbsql.New(tx))
	if err != nil {
		return err
	}
	n, err := dbsql.New(tx).TakeSlug(ctx, dbsql.TakeSlugParams{BaseDomain: s.baseDomain, Slug: ws.Slug, WorkspaceID: ws.ID, Now: ws.CreatedAt, Certain: certain})
	if err != nil {
		return fmt.Errorf("take the slug %s: %w", ws.Slug, err)
	}
	if n == 0 {
		return s.slugTaken(ctx, dbsql.New(tx), ws.Slug, &ws.Tenant)
	}
	return nil
}

// SlugFree returns nil when a workspace may have this slug now.
func (s *Store) SlugFree(ctx context.Context, slug string) error {
	if err := checkSlug(slug); err != nil {
		return err
	}
	certain, err := s.Certain(ctx)
	if err != nil {
		return err
	}
	taken, err := dbsql.New(s.pool).SlugTaken(ctx, dbsql.SlugTakenParams{BaseDomain: s.baseDomain, Slug: slug, Now: certain})
	if err != nil {
		return fmt.Errorf("look the slug %s up: %w", slug, err)
	}
	if taken {
		return s.slugTaken(ctx, dbsql.New(s.pool), slug, nil)
	}
	return nil
}

// Workspace returns one workspace, also a deleted one.
func (s *Store) Workspace(ctx context.Context, workspace uuid.UUID) (Workspace, error) {
	r, err := dbsql.New(s.pool).GetWorkspace(ctx, workspace)
	if err != nil {
		return Workspace{}, unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
	}
	return FromRow(r), nil
}

// WorkspaceFilter narrows a list of workspaces.
type WorkspaceFilter struct {
	Within Reach
	Tenant *uuid.UUID
	Slug   string // empty: any

	Deleted bool // also those that are deleted
}

// Workspaces lists workspaces, newest first.
func (s *Store) Workspaces(ctx context.Context, f WorkspaceFilter, page Page) ([]Workspace, error) {
	rows, err := dbsql.New(s.pool).ListWorkspaces(ctx, dbsql.ListWorkspacesParams{Everywhere: f.Within.everywhere, Tenants: f.Within.tenants,
		TenantID: f.Tenant, Slug: optionalText(f.Slug), Deleted: f.Deleted, Before: page.before(), Most: page.Limit})
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	list := make([]Workspace, 0, len(rows))
	for _, r := range rows {
		list = append(list, FromRow(r))
	}
	return list, nil
}

// FromRow is a workspace as its row has it.
func FromRow(r dbsql.Workspace) Workspace {
	return Workspace{ID: r.ID, Tenant: r.TenantID, Region: r.RegionID, Cell: r.CellID, Release: r.ReleaseID, Name: r.Name, Slug: r.Slug,
		State: State(r.State), AdminEmail: r.AdminEmail, AdminUser: r.AdminUser, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, DeleteAt: r.DeleteAt,
		HibernatedAt: r.HibernatedAt, WakeAt: r.WakeAt, Wakes: r.Wakes, LastWake: lastWake(r.LastWakeMs), WokenAt: r.WokenAt, WakeWhy: r.WakeWhy,
		AlwaysOn: r.AlwaysOn, IdleAfter: idleAfter(r.IdleAfterS), IdleSince: r.IdleSince}
}
