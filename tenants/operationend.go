package tenants

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// recordEnd tells a tenant that one of its operations is over, whatever it was about.
func (s *Store) recordEnd(ctx context.Context, tx pgx.Tx, op Operation, end Progress) error {
	if op.Tenant == nil {
		return nil
	}
	details := map[string]string{"kind": string(op.Kind)}
	if op.Workspace != nil {
		details["workspace"] = id.Show(id.Workspace, *op.Workspace)
	}
	return s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "operation." + string(end), Subject: id.Show(id.Operation, op.ID), Details: details})
}
