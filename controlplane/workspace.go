package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Workspace is one isolated chat server.
type Workspace struct {
	ID        string    `json:"id"`
	Tenant    string    `json:"tenant"`
	Name      string    `json:"name"`
	Slug      string    `json:"slug"`
	URL       string    `json:"url" doc:"Where people reach it"`
	State     string    `json:"state" enum:"provisioning,running,stopping,stopped,starting,hibernating,hibernated,waking,deleting,removing,deleted"`
	Region    string    `json:"region"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	HibernatedAt *time.Time `json:"hibernated_at,omitempty" doc:"While it is hibernated: since when"`
	WakeAt       *time.Time `json:"wake_at,omitempty" doc:"While it is hibernated: when something is due in it, for which it is woken; left out where nothing is"`
	Wakes        int64      `json:"wakes" doc:"How often it was woken"`
	RecentWakes  int64      `json:"recent_wakes" doc:"How often in the last 30 days"`
	LastWakeMS   int64      `json:"last_wake_ms,omitempty" doc:"How long that took the last time, in ms"`
	LastWakeAt   *time.Time `json:"last_wake_at,omitempty" doc:"When that was"`
	LastWakeWhy  string     `json:"last_wake_why,omitempty" doc:"What it was woken for"`

	AlwaysOn   bool      `json:"always_on" doc:"It never hibernates"`
	IdleAfterS int32     `json:"idle_after_s,omitempty" doc:"After how many seconds without use it hibernates; left out: as its tenant's plan has it"`
	IdleSince  time.Time `json:"idle_since" doc:"When somebody used it last, as far as is known, or, where that was later, since when it runs"`

	DeleteAt *time.Time `json:"delete_at,omitempty" doc:"While it is deleting: until when it can be brought back"`
	Instance *Instance  `json:"instance,omitempty" doc:"What serves it, as it was seen last; left out where nothing does, and of a workspace that was just changed"`
}

// Instance is the process that serves a workspace.
type Instance struct {
	State    string    `json:"state" enum:"starting,running,backoff,stopping" doc:"backoff: it ended, and is started again after a while"`
	Restarts int       `json:"restarts" doc:"Since it was last started on purpose"`
	Trouble  string    `json:"trouble,omitempty" doc:"A sentence for people where it does not run, or was restarted in the last ten minutes"`
	LastExit string    `json:"last_exit,omitempty" doc:"How it last ended, in the words of what runs it; for operators"`
	Since    time.Time `json:"since" doc:"When any of this was last seen to change"`
}

// WorkspaceIn names a workspace.
type WorkspaceIn struct {
	Workspace string `path:"workspace" doc:"ws_..."`
}

func (in WorkspaceIn) id(ctx context.Context) (uuid.UUID, error) {
	return parsePath(ctx, id.Workspace, "workspace", in.Workspace)
}

// WorkspaceOut answers with a workspace.
type WorkspaceOut struct{ Body Workspace }

// TenantWorkspacesIn asks for a tenant's workspaces.
type TenantWorkspacesIn struct {
	TenantIn
	PageIn
}

// WorkspacesIn asks for the workspaces of all tenants that the caller may read.
type WorkspacesIn struct {
	PageIn
	Slug    string `query:"slug" pattern:"^[a-z0-9-]{1,63}$" doc:"Only the workspace with this slug"`
	Deleted bool   `query:"deleted" doc:"Also those that are deleted"`
}

// WorkspaceBody is a wish for a workspace.
type WorkspaceBody struct {
	Name   string `json:"name" doc:"For people, 1 to 64 characters"`
	Slug   string `json:"slug" doc:"The first part of its address"`
	Region string `json:"region,omitempty" doc:"Where the data is kept; leave it out for any"`
}

// CreateWorkspaceIn asks for a workspace.
type CreateWorkspaceIn struct {
	TenantIn
	Body WorkspaceBody
}

// CreatedWorkspace is a workspace that is being made.
type CreatedWorkspace struct {
	Workspace Workspace `json:"workspace"`
	Operation Operation `json:"operation" doc:"Makes it"`
}

// CreateWorkspaceOut answers with a workspace that is being made.
type CreateWorkspaceOut struct{ Body CreatedWorkspace }

func (s *Server) showWorkspace(w tenants.Workspace) Workspace {
	return Workspace{ID: id.Show(id.Workspace, w.ID), Tenant: id.Show(id.Tenant, w.Tenant), Name: w.Name, Slug: w.Slug,
		URL: s.config.WorkspaceURL(w.Slug), State: string(w.State), Region: w.Region, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, DeleteAt: w.DeleteAt,
		HibernatedAt: w.HibernatedAt, WakeAt: w.WakeAt, Wakes: w.Wakes, LastWakeMS: w.LastWake.Milliseconds(),
		LastWakeAt: w.WokenAt, LastWakeWhy: w.WakeWhy, AlwaysOn: w.AlwaysOn, IdleAfterS: int32(w.IdleAfter.Seconds()), IdleSince: w.IdleSince}
}

func (s *Server) tenantWorkspaces(ctx context.Context, in *TenantWorkspacesIn) (*ListOut[Workspace], error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	return s.listWorkspaces(ctx, tenants.WorkspaceFilter{Tenant: &tenant}, in.PageIn)
}

func (s *Server) workspaces(ctx context.Context, in *WorkspacesIn) (*ListOut[Workspace], error) {
	return s.listWorkspaces(ctx, tenants.WorkspaceFilter{Slug: in.Slug, Deleted: in.Deleted}, in.PageIn)
}

func (s *Server) listWorkspaces(ctx context.Context, f tenants.WorkspaceFilter, in PageIn) (*ListOut[Workspace], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	if f.Within, err = s.store.Reach(ctx, principal(ctx), tenants.ReadTenant); err != nil {
		return nil, err
	}
	list, err := s.store.Workspaces(ctx, f, page)
	if err != nil {
		return nil, err
	}
	show, err := s.withPresent(ctx, list)
	if err != nil {
		return nil, err
	}
	return paged(in, list, func(w tenants.Workspace) uuid.UUID { return w.ID }, show), nil
}

func (s *Server) workspace(ctx context.Context, in *WorkspaceIn) (*WorkspaceOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.store.Workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	show, err := s.withPresent(ctx, []tenants.Workspace{w})
	if err != nil {
		return nil, err
	}
	return &WorkspaceOut{Body: show(w)}, nil
}

// withPresent shows workspaces with what serves them, and how often they were woken lately.
func (s *Server) withPresent(ctx context.Context, list []tenants.Workspace) (func(tenants.Workspace) Workspace, error) {
	var ids []uuid.UUID
	for _, w := range list {
		ids = append(ids, w.ID)
	}
	seen, err := s.store.Instances(ctx, ids)
	if err != nil {
		return nil, err
	}
	wakes, err := s.store.RecentWakes(ctx, ids)
	if err != nil {
		return nil, err
	}
	return func(w tenants.Workspace) Workspace {
		shown := s.showWorkspace(w)
		shown.RecentWakes = wakes[w.ID]
		if i, ok := seen[w.ID]; ok {
			shown.Instance = &Instance{State: string(i.Condition), Restarts: i.Restarts, Trouble: i.Trouble, Since: i.Since}
			if principal(ctx).Operator != uuid.Nil {
				shown.Instance.LastExit = i.LastExit
			}
		}
		return shown
	}, nil
}

func (s *Server) createWorkspace(ctx context.Context, in *CreateWorkspaceIn) (*CreateWorkspaceOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	w, op, err := s.store.CreateWorkspace(ctx, principal(ctx), tenants.NewWorkspace{Tenant: tenant, Name: in.Body.Name,
		Slug: in.Body.Slug, Region: in.Body.Region})
	if err != nil {
		return nil, err
	}
	noteID(ctx, "workspace", id.Show(id.Workspace, w.ID))
	noteID(ctx, "operation", id.Show(id.Operation, op.ID))
	return &CreateWorkspaceOut{Body: CreatedWorkspace{Workspace: s.showWorkspace(w), Operation: showOperation(ctx, op)}}, nil
}
