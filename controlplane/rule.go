package controlplane

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Rule says who may call an operation. Its zero value can't be registered, so that nothing is open by accident.
type Rule struct {
	// name is shown in the OpenAPI document: public, signed-in, session, operator, or the permission.
	name string
	// admit returns nil, or why not. param returns a parameter of the path.
	admit func(ctx context.Context, store *tenants.Store, p tenants.Principal, param func(string) string) error
}

const rulePublic = "public"

// public: everybody, also without credentials; those sent are not looked at.
func public() Rule {
	return Rule{rulePublic, func(context.Context, *tenants.Store, tenants.Principal, func(string) string) error { return nil }}
}

// signedIn: every principal. What it answers is the principal's own, or cut down to what the principal may read.
func signedIn() Rule {
	return Rule{"signed-in", func(context.Context, *tenants.Store, tenants.Principal, func(string) string) error { return nil }}
}

// session: a person who signed in, not an API token.
func session() Rule {
	return Rule{"session", func(_ context.Context, _ *tenants.Store, p tenants.Principal, _ func(string) string) error {
		return unless(p.Session != uuid.Nil, "only a session that was opened with a password may do this, not an API token")
	}}
}

// operator: who runs this installation.
func operator() Rule {
	return Rule{"operator", func(_ context.Context, _ *tenants.Store, p tenants.Principal, _ func(string) string) error {
		return unless(p.Operator != uuid.Nil, "only the operators of this installation may do this")
	}}
}

func unless(ok bool, message string) error {
	if ok {
		return nil
	}
	return &tenants.Refusal{Reason: tenants.Forbidden, Message: message}
}

// inTenant: who has the permission in {tenant}.
func inTenant(want tenants.Permission) Rule {
	return Rule{string(want), func(ctx context.Context, store *tenants.Store, p tenants.Principal, param func(string) string) error {
		tenant, err := pathID(ctx, id.Tenant, "tenant", param("tenant"))
		if err != nil {
			return err
		}
		return store.Authorize(ctx, p, tenant, want)
	}}
}

// ofWorkspace: who has the permission in the tenant of {workspace}.
func ofWorkspace(want tenants.Permission) Rule {
	return Rule{string(want), func(ctx context.Context, store *tenants.Store, p tenants.Principal, param func(string) string) error {
		workspace, err := pathID(ctx, id.Workspace, "workspace", param("workspace"))
		if err != nil {
			return err
		}
		ws, err := store.Workspace(ctx, workspace)
		if err != nil {
			return err
		}
		noteID(ctx, "tenant", id.Show(id.Tenant, ws.Tenant))
		return as("there is no such workspace", store.Authorize(ctx, p, ws.Tenant, want))
	}}
}

// ofOperation: who has the permission in the tenant of {operation}. Those of no tenant are the operators' own.
func ofOperation(want tenants.Permission) Rule {
	const missing = "there is no such operation"
	return Rule{string(want), func(ctx context.Context, store *tenants.Store, p tenants.Principal, param func(string) string) error {
		operation, err := pathID(ctx, id.Operation, "operation", param("operation"))
		if err != nil {
			return err
		}
		op, err := store.Operation(ctx, operation)
		if err != nil {
			return err
		}
		if op.Workspace != nil {
			noteID(ctx, "workspace", id.Show(id.Workspace, *op.Workspace))
		}
		if op.Tenant == nil && p.Operator == uuid.Nil {
			return &tenants.Refusal{Reason: tenants.NotFound, Message: missing}
		}
		if op.Tenant == nil {
			return nil
		}
		noteID(ctx, "tenant", id.Show(id.Tenant, *op.Tenant))
		return as(missing, store.Authorize(ctx, p, *op.Tenant, want))
	}}
}

// as lets a foreign thing look exactly like one that is not there.
func as(missing string, err error) error {
	refusal := (*tenants.Refusal)(nil)
	if errors.As(err, &refusal) && refusal.Reason == tenants.NotFound {
		return &tenants.Refusal{Reason: tenants.NotFound, Message: missing}
	}
	return err
}
