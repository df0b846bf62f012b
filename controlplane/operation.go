package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Operation is a recorded, resumable piece of work.
type Operation struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" enum:"prepare,provision,start,stop,delete"`
	State       string     `json:"state" enum:"queued,running,undoing,succeeded,undone" doc:"The last two are ends"`
	Message     string     `json:"message" doc:"A sentence on how it is going"`
	Step        string     `json:"step,omitempty" doc:"What is being done or taken back now"`
	Attempts    int        `json:"attempts" doc:"How often the current step was tried"`
	Steps       []Step     `json:"steps,omitempty" doc:"In their order; only where a single operation was asked for"`
	Tenant      string     `json:"tenant,omitempty"`
	Workspace   string     `json:"workspace,omitempty"`
	RequestedBy string     `json:"requested_by"`
	Reason      string     `json:"reason"`
	CreatedAt   time.Time  `json:"created_at"`
	StartedAt   *time.Time `json:"started_at,omitempty"`
	FinishedAt  *time.Time `json:"finished_at,omitempty"`
}

// Step is one part of an operation.
type Step struct {
	Name       string     `json:"name"`
	State      string     `json:"state" enum:"waiting,running,done,undoing,undone"`
	Attempts   int        `json:"attempts"`
	Message    string     `json:"message,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

// OperationIn names an operation.
type OperationIn struct {
	Operation string `path:"operation" doc:"op_..."`
}

// OperationOut answers with an operation.
type OperationOut struct{ Body Operation }

// OperationsIn asks for the operations of all tenants that the caller may read.
type OperationsIn struct {
	PageIn
	Workspace string `query:"workspace" doc:"Only those on this workspace, ws_..."`
	Tenant    string `query:"tenant" doc:"Only those of this tenant, ten_..."`
}

func showOperation(o tenants.Operation) Operation {
	shown := Operation{ID: id.Show(id.Operation, o.ID), Kind: string(o.Kind), State: string(o.State), Message: o.Message, Step: o.Step,
		Attempts: o.Attempts, Tenant: showOptional(id.Tenant, o.Tenant), Workspace: showOptional(id.Workspace, o.Workspace),
		RequestedBy: o.RequestedBy, Reason: o.Reason, CreatedAt: o.CreatedAt, StartedAt: o.StartedAt, FinishedAt: o.FinishedAt}
	for _, st := range o.Steps {
		shown.Steps = append(shown.Steps, Step(st))
	}
	return shown
}

func showOptional(prefix string, u *uuid.UUID) string {
	if u == nil {
		return ""
	}
	return id.Show(prefix, *u)
}

func (s *Server) operation(ctx context.Context, in *OperationIn) (*OperationOut, error) {
	operation, err := parsePath(ctx, id.Operation, "operation", in.Operation)
	if err != nil {
		return nil, err
	}
	op, err := s.store.Operation(ctx, operation)
	return &OperationOut{Body: showOperation(op)}, err
}

func (s *Server) operations(ctx context.Context, in *OperationsIn) (*ListOut[Operation], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	f := tenants.OperationFilter{}
	if f.Tenant, err = parseQuery(ctx, id.Tenant, "tenant", in.Tenant); err != nil {
		return nil, err
	}
	if f.Workspace, err = parseQuery(ctx, id.Workspace, "workspace", in.Workspace); err != nil {
		return nil, err
	}
	if f.Within, err = s.store.Reach(ctx, principal(ctx), tenants.ReadTenant); err != nil {
		return nil, err
	}
	list, err := s.store.Operations(ctx, f, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(o tenants.Operation) uuid.UUID { return o.ID }, showOperation), nil
}
