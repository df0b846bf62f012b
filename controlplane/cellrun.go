package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// CellBody is a wish for a further cell. It holds no secret: those are in files on the machine of the workers.
type CellBody struct {
	Name        string            `json:"name" doc:"1 to 40 lower-case letters, digits and dashes"`
	Region      string            `json:"region"`
	Kind        string            `json:"kind,omitempty" enum:"local" default:"local"`
	Database    CellDatabaseBody  `json:"database"`
	ObjectStore CellStoreBody     `json:"object_store"`
	Agent       string            `json:"agent,omitempty" doc:"Socket of the agent that runs its instances; left out: that of the worker's machine"`
	Disk        string            `json:"disk,omitempty" doc:"A folder on the disk under databases and objects, to be measured; left out: it is not on the worker's machine"`
	Limits      map[string]*int64 `json:"limits,omitempty" maxProperties:"5" doc:"What it has, by dimension; as limit-cell takes it"`
}

// CellDatabaseBody is a PostgreSQL cluster.
type CellDatabaseBody struct {
	Host         string `json:"host" doc:"A host name, or the folder of a unix socket"`
	Port         int    `json:"port,omitempty" default:"5432"`
	AdminURLFile string `json:"admin_url_file" doc:"Path of a file with the URL that opens it as a superuser"`
}

// CellStoreBody is an object store.
type CellStoreBody struct {
	Endpoint    string `json:"endpoint" doc:"host:port"`
	Region      string `json:"region,omitempty" default:"local" doc:"The region that S3 clients name"`
	TLS         bool   `json:"tls,omitempty"`
	AdminSocket string `json:"admin_socket" doc:"Path of the socket of its administration"`
	SecretFile  string `json:"secret_file" doc:"Path of a file with the secret of the credential that will own the cell's own buckets"`
}

// AddCellIn asks for a cell.
type AddCellIn struct{ Body CellBody }

// CellRun is what terraform was asked to do about a cell, and what came of it.
type CellRun struct {
	ID          string       `json:"id"`
	Cell        string       `json:"cell"`
	Kind        string       `json:"kind" enum:"plan,plan_destroy,apply,destroy,drift"`
	State       string       `json:"state" enum:"queued,running,succeeded,failed" doc:"The last two are ends"`
	Plan        string       `json:"plan,omitempty" doc:"Of apply and destroy: the run whose plan they do"`
	Message     string       `json:"message" doc:"A sentence for humans; of a failed run, what terraform said"`
	Changes     []CellChange `json:"changes" doc:"What becomes of which resource; of a drift, what somebody has changed"`
	RequestedBy string       `json:"requested_by"`
	CreatedAt   time.Time    `json:"created_at"`
	StartedAt   *time.Time   `json:"started_at,omitempty"`
	FinishedAt  *time.Time   `json:"finished_at,omitempty"`
	ExpiresAt   *time.Time   `json:"expires_at,omitempty" doc:"Of a plan: until when it can be applied"`
}

// CellChange is what becomes of one resource.
type CellChange struct {
	Address    string          `json:"address" example:"longhouse_bucket.backup"`
	Action     string          `json:"action" enum:"create,update,replace,delete"`
	Attributes []CellAttribute `json:"attributes,omitempty" doc:"Those that differ"`
}

// CellAttribute is what becomes of one attribute. Sensitive values are masked.
type CellAttribute struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty" doc:"As JSON"`
	After  string `json:"after,omitempty" doc:"As JSON"`
}

// CellRunIn names a run.
type CellRunIn struct {
	CellIn
	Run string `path:"run" doc:"run_..."`
}

// CellRunOut answers with a run.
type CellRunOut struct{ Body CellRun }

// CellRunsIn asks for the runs on a cell.
type CellRunsIn struct {
	CellIn
	PageIn
}

// PlanCellIn asks for a plan.
type PlanCellIn struct {
	CellIn
	Body PlanCellBody
}

// PlanCellBody says what for.
type PlanCellBody struct {
	Destroy bool `json:"destroy,omitempty" doc:"Plan the end of the cell"`
}

// ApplyCellIn asks for what a plan says.
type ApplyCellIn struct {
	CellIn
	Body ApplyCellBody
}

// ApplyCellBody names a plan.
type ApplyCellBody struct {
	Plan string `json:"plan" doc:"run_...: the run that made it"`
}

// DestroyCellIn asks for the end of a cell.
type DestroyCellIn struct {
	CellIn
	Body DestroyCellBody
}

// DestroyCellBody names a plan to destroy, and says that it is meant.
type DestroyCellBody struct {
	Plan    string `json:"plan" doc:"run_...: the run that made it"`
	Confirm string `json:"confirm" doc:"The cell's name, so that nobody destroys another by mistake"`
}

func (s *Server) addCell(ctx context.Context, in *AddCellIn) (*CellOut, error) {
	b := in.Body
	c, err := s.store.AddCell(ctx, principal(ctx), tenants.NewCell{Name: b.Name, Region: b.Region, Kind: b.Kind, Limits: dimensions(b.Limits), Config: tenants.CellConfig{
		Database: tenants.CellDatabase{Host: b.Database.Host, Port: b.Database.Port, AdminURLFile: b.Database.AdminURLFile},
		ObjectStore: tenants.CellStore{Endpoint: b.ObjectStore.Endpoint, Region: b.ObjectStore.Region, TLS: b.ObjectStore.TLS, PathStyle: true,
			AdminSocket: b.ObjectStore.AdminSocket, SecretFile: b.ObjectStore.SecretFile},
		Agent: b.Agent, Disk: b.Disk}})
	if err != nil {
		return nil, err
	}
	return s.showCell(ctx, c.ID)
}

func (s *Server) planCell(ctx context.Context, in *PlanCellIn) (*CellRunOut, error) {
	kind := tenants.RunPlan
	if in.Body.Destroy {
		kind = tenants.RunPlanDestroy
	}
	return s.runCell(ctx, in.CellIn, kind, "")
}

func (s *Server) driftCell(ctx context.Context, in *CellIn) (*CellRunOut, error) {
	return s.runCell(ctx, *in, tenants.RunDrift, "")
}

func (s *Server) applyCell(ctx context.Context, in *ApplyCellIn) (*CellRunOut, error) {
	return s.runCell(ctx, in.CellIn, tenants.RunApply, in.Body.Plan)
}

func (s *Server) destroyCell(ctx context.Context, in *DestroyCellIn) (*CellRunOut, error) {
	if _, err := s.confirmedCell(ctx, in.Cell, in.Body.Confirm, "this takes the cell away for good"); err != nil {
		return nil, err
	}
	return s.runCell(ctx, in.CellIn, tenants.RunDestroy, in.Body.Plan)
}

func (s *Server) runCell(ctx context.Context, in CellIn, kind tenants.CellRunKind, shown string) (*CellRunOut, error) {
	c, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	var plan *uuid.UUID
	if kind == tenants.RunApply || kind == tenants.RunDestroy {
		given, err := parse(ctx, id.CellRun, "body.plan", shown)
		if err != nil {
			return nil, err
		}
		plan = &given
	}
	run, err := s.store.RunCell(ctx, principal(ctx), c.ID, kind, plan)
	return &CellRunOut{Body: showRun(c)(run)}, err
}

func (s *Server) cellRuns(ctx context.Context, in *CellRunsIn) (*ListOut[CellRun], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	list, err := s.store.CellRuns(ctx, c.ID, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(r tenants.CellRun) uuid.UUID { return r.ID }, showRun(c)), nil
}

func (s *Server) cellRun(ctx context.Context, in *CellRunIn) (*CellRunOut, error) {
	c, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	wanted, err := parsePath(ctx, id.CellRun, "run", in.Run)
	if err != nil {
		return nil, err
	}
	run, err := s.store.CellRun(ctx, wanted)
	if err != nil {
		return nil, err
	}
	if run.Cell != c.ID {
		return nil, &tenants.Refusal{Reason: tenants.NotFound, Message: "there is no such run"}
	}
	return &CellRunOut{Body: showRun(c)(run)}, nil
}

func showRun(c tenants.Cell) func(tenants.CellRun) CellRun {
	return func(r tenants.CellRun) CellRun {
		shown := CellRun{ID: id.Show(id.CellRun, r.ID), Cell: c.Name, Kind: string(r.Kind), State: string(r.State), Plan: showOptional(id.CellRun, r.Plan), Message: r.Message,
			Changes: []CellChange{}, RequestedBy: r.RequestedBy, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, ExpiresAt: r.ExpiresAt}
		for _, change := range r.Changes {
			c := CellChange{Address: change.Address, Action: change.Action}
			for _, a := range change.Attributes {
				c.Attributes = append(c.Attributes, CellAttribute(a))
			}
			shown.Changes = append(shown.Changes, c)
		}
		return shown
	}
}
