package provisioner

import (
	"context"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// about is what every log line on an operation says of it, so that it is found by whatever is known of it.
func about(op tenants.Operation) []any {
	list := []any{"operation", id.Show(id.Operation, op.ID)}
	if op.Tenant != nil {
		list = append(list, "tenant", id.Show(id.Tenant, *op.Tenant))
	}
	if op.Workspace != nil {
		list = append(list, "workspace", id.Show(id.Workspace, *op.Workspace))
	}
	if op.RequestID != "" {
		list = append(list, "request", op.RequestID)
	}
	if trace := telemetry.TraceID(telemetry.Continue(context.Background(), op.Traceparent)); trace != "" {
		list = append(list, "trace", trace)
	}
	return list
}

// operation is a row as far as those need it who work on it.
func operation(r dbsql.Operation) tenants.Operation {
	return tenants.Operation{ID: r.ID, Kind: tenants.Kind(r.Kind), State: tenants.Progress(r.State), Cell: r.CellID, Tenant: r.TenantID,
		Workspace: r.WorkspaceID, Step: r.Step, Message: r.Message, Attempts: int(r.Attempts), CreatedAt: r.CreatedAt,
		CancelledBy: r.CancelledBy, CancelReason: r.CancelReason, Failure: r.Failure, RequestID: r.RequestID, Traceparent: r.Traceparent}
}
