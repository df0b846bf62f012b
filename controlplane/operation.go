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
	Kind        string     `json:"kind" enum:"prepare,discard,provision,start,stop,hibernate,wake,retire,delete,backup,expire"`
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

	CancelledBy  string     `json:"cancelled_by,omitempty" doc:"Who had it taken back"`
	CancelReason string     `json:"cancel_reason,omitempty"`
	RetryOf      string     `json:"retry_of,omitempty" doc:"The operation that was taken back, and that this one does again"`
	StuckSince   *time.Time `json:"stuck_since,omitempty" doc:"Since when it does not get on; it is tried all the same"`
	Failure      string     `json:"failure,omitempty" doc:"What keeps it from going on, or what it was given up for; operators are told in full, others only that something failed"`
	Estimate     *Estimate  `json:"estimate,omitempty" doc:"Of its end, from how long its kind took lately; only where a single operation was asked for"`
}

// Estimate is when an operation is expected to end.
type Estimate struct {
	At   time.Time `json:"at" doc:"Half of the operations of the kind ended sooner"`
	Late time.Time `json:"late" doc:"95 of 100 operations of the kind ended sooner"`

	Sentence string `json:"sentence" doc:"For humans, as of now"`
}

// Step is one part of an operation.
type Step struct {
	Name       string     `json:"name"`
	State      string     `json:"state" enum:"waiting,running,done,undoing,undone"`
	Attempts   int        `json:"attempts"`
	Message    string     `json:"message,omitempty"`
	Failure    string     `json:"failure,omitempty" doc:"What the last attempt failed with; operators are told in full, others only that something failed"`
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
	State     string `query:"state" enum:"queued,running,undoing,succeeded,undone" doc:"Only those in this state"`
	Stuck     bool   `query:"stuck" doc:"Only those that are open and don't get on"`
	Failed    bool   `query:"failed" doc:"Only those that gave up: they are undone, and nobody had cancelled them"`
}

func showOperation(ctx context.Context, o tenants.Operation) Operation {
	shown := Operation{ID: id.Show(id.Operation, o.ID), Kind: string(o.Kind), State: string(o.State), Message: o.Message, Step: o.Step,
		Attempts: o.Attempts, Tenant: showOptional(id.Tenant, o.Tenant), Workspace: showOptional(id.Workspace, o.Workspace),
		RequestedBy: o.RequestedBy, Reason: o.Reason, CreatedAt: o.CreatedAt, StartedAt: o.StartedAt, FinishedAt: o.FinishedAt,
		CancelledBy: o.CancelledBy, CancelReason: o.CancelReason, StuckSince: o.StuckSince, RetryOf: showOptional(id.Operation, o.RetryOf), Failure: failureFor(ctx, o.Trouble())}
	for _, st := range o.Steps {
		shown.Steps = append(shown.Steps, Step{Name: st.Name, State: st.State, Attempts: st.Attempts, Message: st.Message,
			Failure: failureFor(ctx, st.Failure), StartedAt: st.StartedAt, FinishedAt: st.FinishedAt})
	}
	return shown
}

// failureFor is what the caller may know of a failure, which may name parts of a cell: operators all of it.
func failureFor(ctx context.Context, failure string) string {
	if failure == "" || principal(ctx).Operator != uuid.Nil {
		return failure
	}
	return tenants.TroubleOfOurs
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
	if err != nil {
		return nil, err
	}
	shown, err := s.withEstimate(ctx, op)
	return &OperationOut{Body: shown}, err
}

func (s *Server) withEstimate(ctx context.Context, op tenants.Operation) (Operation, error) {
	shown := showOperation(ctx, op)
	e, err := s.store.Estimate(ctx, op)
	if e != nil {
		shown.Estimate = &Estimate{At: e.At, Late: e.Late, Sentence: e.Sentence}
	}
	return shown, err
}

func (s *Server) operations(ctx context.Context, in *OperationsIn) (*ListOut[Operation], error) {
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	f := tenants.OperationFilter{State: tenants.Progress(in.State), Stuck: in.Stuck, Dead: in.Failed}
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
	return paged(in.PageIn, list, func(o tenants.Operation) uuid.UUID { return o.ID },
		func(o tenants.Operation) Operation { return showOperation(ctx, o) }), nil
}
