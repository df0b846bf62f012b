package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Kind is what an operation does.
type Kind string

// The kinds of operation.
const (
	// KindPrepare makes storage ahead of need: a blank.
	KindPrepare Kind = "prepare"
	// KindDiscard takes a blank away again.
	KindDiscard Kind = "discard"
	// KindProvision brings a new workspace from a row to an address that answers.
	KindProvision Kind = "provision"
	// KindStart runs a stopped workspace again.
	KindStart Kind = "start"
	// KindStop drains a workspace and keeps its data.
	KindStop Kind = "stop"
	// KindHibernate puts the instance of a workspace to rest that nobody uses.
	KindHibernate Kind = "hibernate"
	// KindWake runs a hibernated workspace again, for whoever came for it.
	KindWake Kind = "wake"
	// KindRetire takes a workspace that shall be deleted out of service, and keeps its data.
	KindRetire Kind = "retire"
	// KindDelete removes a workspace and all of its data.
	KindDelete Kind = "delete"
	// KindBackup copies the database and the files of a workspace into a backup.
	KindBackup Kind = "backup"
	// KindExpire takes away backups whose time is over.
	KindExpire Kind = "expire"
)

// Kinds lists all of them.
var Kinds = []Kind{KindPrepare, KindDiscard, KindProvision, KindStart, KindStop, KindHibernate, KindWake, KindRetire, KindDelete, KindBackup, KindExpire}

// parts are what operations have for themselves that leave the state of their workspace as it is, and go on beside others.
var parts = map[Kind]string{KindBackup: "backups", KindExpire: "backups"}

// Part is which part of its workspace an operation of this kind has for itself; empty: all of it.
func (k Kind) Part() string { return parts[k] }

// Progress is how far an operation is.
type Progress string

// The states of an operation.
const (
	// Queued: nobody has begun.
	Queued Progress = "queued"
	// Going: steps are being done.
	Going Progress = "running"
	// Undoing: a step could not be done, and what was done is being taken back.
	Undoing Progress = "undoing"
	// Succeeded: every step is done.
	Succeeded Progress = "succeeded"
	// Undone: everything is as it was before.
	Undone Progress = "undone"
)

// ProgressStates lists all of them.
var ProgressStates = []Progress{Queued, Going, Undoing, Succeeded, Undone}

// Over reports whether nothing more will happen to the operation by itself.
func (p Progress) Over() bool { return p == Succeeded || p == Undone }

// Args are what an operation of one kind needs to know beside what it is about.
type Args interface{ Kind() Kind }

// PrepareArgs asks for a blank with the schema of a release.
type PrepareArgs struct {
	Release uuid.UUID `json:"release"`
}

// DiscardArgs asks for a blank to be taken away.
type DiscardArgs struct{}

// ProvisionArgs asks for a workspace.
type ProvisionArgs struct{}

// StartArgs asks for a stopped workspace to run.
type StartArgs struct{}

// StopArgs asks for a running workspace to stop.
type StopArgs struct {
	Message string `json:"message"` // what visitors read meanwhile; may be empty
}

// RetireArgs asks for a workspace to be taken out of service until it is removed.
type RetireArgs struct{}

// DeleteArgs asks for a workspace to be removed.
type DeleteArgs struct{}

// BackupArgs asks for a backup.
type BackupArgs struct {
	Backup uuid.UUID `json:"backup"`
}

// ExpireArgs asks for the end of backups whose time is over.
type ExpireArgs struct{}

// Kind implements Args.
func (PrepareArgs) Kind() Kind { return KindPrepare }

// Kind implements Args.
func (DiscardArgs) Kind() Kind { return KindDiscard }

// Kind implements Args.
func (ProvisionArgs) Kind() Kind { return KindProvision }

// Kind implements Args.
func (StartArgs) Kind() Kind { return KindStart }

// Kind implements Args.
func (StopArgs) Kind() Kind { return KindStop }

// Kind implements Args.
func (RetireArgs) Kind() Kind { return KindRetire }

// Kind implements Args.
func (DeleteArgs) Kind() Kind { return KindDelete }

// Kind implements Args.
func (BackupArgs) Kind() Kind { return KindBackup }

// Kind implements Args.
func (ExpireArgs) Kind() Kind { return KindExpire }

// Operation is a recorded, resumable piece of work.
type Operation struct {
	ID          uuid.UUID
	Kind        Kind
	State       Progress
	Cell        uuid.UUID
	Tenant      *uuid.UUID
	Workspace   *uuid.UUID
	Step        string // the step that is being done or taken back; empty when none is
	Message     string // a sentence for humans
	Attempts    int    // how often the current step was tried
	RequestedBy string
	Reason      string
	CreatedAt   time.Time
	StartedAt   *time.Time
	FinishedAt  *time.Time
	Steps       []Step // in their order; only where a single operation was asked for

	DueAt        time.Time // when it may be taken up
	LeaseOwner   string    // the worker that had the last lease
	LeaseUntil   *time.Time
	CancelledBy  string // empty: nobody did
	CancelReason string
	StuckSince   *time.Time // nil: it gets on
	RetryOf      *uuid.UUID // the one that was taken back, and that this one does again

	RequestID   string // of the request that asked for it; empty: nobody did over the API
	Traceparent string // of the span that asked for it; empty: nobody traces

	// For operators, without secrets.
	Failure      string // what it was given up for; empty: it was not
	Interruption string // what keeps it from going on, outside of its steps
}

// Step is one part of an operation.
type Step struct {
	Name       string
	State      string // waiting, running, done, undoing, undone
	Attempts   int
	Message    string
	Failure    string // what the last attempt failed with, for operators and without secrets; empty: it went well
	StartedAt  *time.Time
	FinishedAt *time.Time
}

// Request is a wish for an operation.
type Request struct {
	Args      Args
	Cell      uuid.UUID
	Tenant    *uuid.UUID
	Workspace *uuid.UUID
	By        string // the principal, as Principal.Name shows it
	Reason    string
}

// Request writes an operation down, to be begun as soon as tx commits. It refuses a second one on the same workspace, or on
// the same part of it, while the first is not over.
func (s *Store) Request(ctx context.Context, tx pgx.Tx, r Request) (Operation, error) {
	args, err := json.Marshal(r.Args)
	if err != nil {
		return Operation{}, fmt.Errorf("encode the arguments of %s: %w", r.Args.Kind(), err)
	}
	op := Operation{
		ID: s.newID(), Kind: r.Args.Kind(), State: Queued, Cell: r.Cell, Tenant: r.Tenant, Workspace: r.Workspace,
		RequestedBy: r.By, Reason: r.Reason, Message: "waiting for a worker", CreatedAt: s.now(),
		RequestID: RequestID(ctx), Traceparent: telemetry.Traceparent(ctx),
	}
	err = dbsql.New(tx).AddOperation(ctx, dbsql.AddOperationParams{
		ID: op.ID, Kind: string(op.Kind), CellID: op.Cell, TenantID: op.Tenant, WorkspaceID: op.Workspace, Part: op.Kind.Part(), Args: args,
		RequestedBy: op.RequestedBy, Reason: op.Reason, Message: op.Message, CreatedAt: op.CreatedAt,
		Traceparent: op.Traceparent, RequestID: op.RequestID,
	})
	if db.Violates(err, "operations_one_per_workspace") {
		if part := op.Kind.Part(); part != "" {
			return Operation{}, refuse(Conflict, "", "another operation on the %s of this workspace is not over yet; wait for it and try again", part)
		}
		return Operation{}, refuse(Conflict, "", "another operation on this workspace is not over yet; wait for it and try again")
	}
	if err != nil {
		return Operation{}, fmt.Errorf("write down %s: %w", op.Kind, err)
	}
	rehearsal(ctx).noteOperation(op)
	return op, s.queue.Nudge(ctx, tx, TopicOperation, op.ID, 1)
}

// Operation returns one operation with its steps.
func (s *Store) Operation(ctx context.Context, id uuid.UUID) (Operation, error) {
	q := dbsql.New(s.pool)
	row, err := q.GetOperation(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Operation{}, refuse(NotFound, "", "there is no such operation")
	}
	if err != nil {
		return Operation{}, fmt.Errorf("read operation %s: %w", id, err)
	}
	steps, err := q.ListSteps(ctx, id)
	if err != nil {
		return Operation{}, fmt.Errorf("read the steps of operation %s: %w", id, err)
	}
	op := operation(row)
	for _, r := range steps {
		op.Steps = append(op.Steps, Step{Name: r.Name, State: r.State, Attempts: int(r.Attempts), Message: r.Message,
			Failure: r.Failure, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt})
	}
	return op, nil
}

// OperationFilter narrows a list of operations.
type OperationFilter struct {
	Within    Reach
	Tenant    *uuid.UUID
	Workspace *uuid.UUID
	State     Progress // only those in this state; empty: any
	Stuck     bool     // only those that are open and don't get on
	Dead      bool     // only those that gave up
}

// Operations returns operations without their steps, newest first.
func (s *Store) Operations(ctx context.Context, f OperationFilter, page Page) ([]Operation, error) {
	rows, err := dbsql.New(s.pool).ListOperations(ctx, dbsql.ListOperationsParams{
		Everywhere: f.Within.everywhere, Tenants: f.Within.tenants, TenantID: f.Tenant, WorkspaceID: f.Workspace, State: string(f.State), Stuck: f.Stuck, Dead: f.Dead, Before: page.before(), Most: page.Limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list operations: %w", err)
	}
	list := make([]Operation, 0, len(rows))
	for _, r := range rows {
		list = append(list, operation(r))
	}
	return list, nil
}

func operation(r dbsql.Operation) Operation {
	op := Operation{
		ID: r.ID, Kind: Kind(r.Kind), State: Progress(r.State), Cell: r.CellID, Tenant: r.TenantID, Workspace: r.WorkspaceID,
		Step: r.Step, Message: r.Message, Attempts: int(r.Attempts), RequestedBy: r.RequestedBy, Reason: r.Reason,
		CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, DueAt: r.DueAt, LeaseUntil: r.LeaseUntil,
		CancelledBy: r.CancelledBy, CancelReason: r.CancelReason, StuckSince: r.StuckSince, RetryOf: r.RetryOf,
		RequestID: r.RequestID, Traceparent: r.Traceparent,
		Failure: r.Failure, Interruption: r.Interruption,
	}
	if r.LeaseOwner != nil {
		op.LeaseOwner = *r.LeaseOwner
	}
	return op
}
