package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// CancelBody says why an operation shall be taken back.
type CancelBody struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"For those who read of it later"`
}

// CancelIn names an operation that shall be taken back.
type CancelIn struct {
	OperationIn
	Body *CancelBody
}

// Diagnosis is what an operation waits for.
type Diagnosis struct {
	Sentence  string     `json:"sentence" doc:"For humans"`
	State     string     `json:"state" enum:"queued,running,undoing,succeeded,undone"`
	Step      string     `json:"step,omitempty"`
	Attempts  int        `json:"attempts" doc:"At the current step"`
	Message   string     `json:"message" doc:"What was last said of it"`
	Failure   string     `json:"failure,omitempty" doc:"What keeps it from going on, or what it was given up for; operators are told in full, others only that something failed"`
	NextAt    *time.Time `json:"next_at,omitempty" doc:"When the next attempt is due"`
	Worker    string     `json:"worker,omitempty" doc:"Who works on it; told to operators only"`
	LeaseEnds *time.Time `json:"lease_ends,omitempty" doc:"Until when that worker has it, unless it renews"`
	OfTenant  int        `json:"going_on_of_tenant" doc:"Other operations of its tenant that go on"`
	OfKind    int        `json:"going_on_of_kind" doc:"Other operations of its kind that go on"`
	InCell    int        `json:"going_on_in_cell" doc:"Other operations in its cell that go on"`
	Usual     *Usual     `json:"usual,omitempty" doc:"How long operations of its kind took lately"`
	UsualStep *Usual     `json:"usual_step,omitempty" doc:"How long its current step took lately"`
	Stuck     *time.Time `json:"stuck_since,omitempty"`
}

// Usual is how long something took lately where it went well.
type Usual struct {
	N      int     `json:"n" doc:"Of how many cases"`
	Median float64 `json:"median_seconds"`
	P95    float64 `json:"p95_seconds"`
}

// DiagnosisOut answers with a diagnosis.
type DiagnosisOut struct{ Body Diagnosis }

func (s *Server) cancel(ctx context.Context, in *CancelIn) (*OperationOut, error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	return s.intervene(ctx, in.Operation, func(p tenants.Principal, operation uuid.UUID) (tenants.Operation, error) {
		return s.store.Cancel(ctx, p, operation, reason)
	})
}

func (s *Server) retry(ctx context.Context, in *OperationIn) (*OperationOut, error) {
	return s.intervene(ctx, in.Operation, func(p tenants.Principal, operation uuid.UUID) (tenants.Operation, error) {
		return s.store.Retry(ctx, p, operation)
	})
}

func (s *Server) intervene(ctx context.Context, shown string, do func(tenants.Principal, uuid.UUID) (tenants.Operation, error)) (*OperationOut, error) {
	operation, err := parsePath(ctx, id.Operation, "operation", shown)
	if err != nil {
		return nil, err
	}
	op, err := do(principal(ctx), operation)
	return &OperationOut{Body: showOperation(ctx, op)}, err
}

func (s *Server) whyStuck(ctx context.Context, in *OperationIn) (*DiagnosisOut, error) {
	operation, err := parsePath(ctx, id.Operation, "operation", in.Operation)
	if err != nil {
		return nil, err
	}
	d, err := s.store.Why(ctx, operation)
	if err != nil {
		return nil, err
	}
	out := Diagnosis{Sentence: d.Sentence, State: string(d.Operation.State), Step: d.Operation.Step, Attempts: d.Operation.Attempts,
		Message: d.Operation.Message, Failure: failureFor(ctx, d.Operation.Trouble()), NextAt: d.NextAt, LeaseEnds: d.LeaseEnds, OfTenant: d.OfTenant, OfKind: d.OfKind, InCell: d.InCell,
		Usual: showUsual(d.Usual), UsualStep: showUsual(d.UsualStep), Stuck: d.Operation.StuckSince}
	if principal(ctx).Operator != uuid.Nil {
		out.Worker = d.Worker
	}
	return &DiagnosisOut{Body: out}, nil
}

func showUsual(u tenants.Usual) *Usual {
	if u.N == 0 {
		return nil
	}
	return &Usual{N: u.N, Median: u.Median.Seconds(), P95: u.P95.Seconds()}
}
