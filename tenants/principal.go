package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Principal is who a request acts for. The zero value is nobody, who may nothing.
type Principal struct {
	Person   uuid.UUID    // who signed in, or made the API token
	Session  uuid.UUID    // the session, where it is one
	Token    uuid.UUID    // the API token, where it is one
	Tenant   uuid.UUID    // the only tenant an API token opens
	Scopes   []Permission // what an API token may at the most
	Operator uuid.UUID    // an operator, who is no person

	// Workspace, User and UserName are of an admin at the system console of a workspace, as that says. To everything that asks who may do
	// something here, they are nobody.
	Workspace uuid.UUID
	User      string // the id that the workspace gave
	UserName  string
}

// System is the name under which Longhouse itself acts.
const System = "system"

// AnEdge is the name under which the edges ask for what their visitors need.
const AnEdge = "edge"

// Nobody reports whether it is unknown who asks.
func (p Principal) Nobody() bool { return p.Person == uuid.Nil && p.Operator == uuid.Nil }

// Name is how the audit trail and idempotency keys call the principal.
func (p Principal) Name() string {
	switch {
	case p.Operator != uuid.Nil:
		return id.Show(id.Operator, p.Operator)
	case p.Token != uuid.Nil:
		return id.Show(id.Token, p.Token)
	case p.Person != uuid.Nil:
		return id.Show(id.Person, p.Person)
	case p.User != "":
		return id.Show(id.Workspace, p.Workspace) + "/" + p.User
	}
	return "nobody"
}

// Authorize returns nil when the principal may do this in the tenant. A tenant that the principal has no part in is
// answered with NotFound, so that nobody learns what exists.
func (s *Store) Authorize(ctx context.Context, p Principal, tenant uuid.UUID, want Permission) error {
	if p.Nobody() {
		return errNobody()
	}
	if p.Operator != uuid.Nil {
		return authorizeOperator(want)
	}
	if p.Token != uuid.Nil && p.Tenant != tenant {
		return refuse(NotFound, "", "there is no such tenant")
	}
	role, err := s.Role(ctx, p, tenant)
	if err != nil {
		return err
	}
	if !role.May(want) {
		return refuse(Forbidden, "", "the role %s does not grant %s", role, want)
	}
	if p.Token != uuid.Nil && !slices.Contains(p.Scopes, want) {
		return errScope(want)
	}
	return nil
}

// Role returns what the principal's person is to the tenant; operators are nothing to it, and that is empty.
func (s *Store) Role(ctx context.Context, p Principal, tenant uuid.UUID) (Role, error) {
	if p.Operator != uuid.Nil {
		return "", nil
	}
	role, err := dbsql.New(s.pool).GetRole(ctx, dbsql.GetRoleParams{TenantID: tenant, PersonID: p.Person})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", refuse(NotFound, "", "there is no such tenant")
	}
	if err != nil {
		return "", fmt.Errorf("read the role of %s: %w", p.Name(), err)
	}
	return Role(role), nil
}

func errNobody() error {
	return refuse(Unauthenticated, "", "sign in, or send an API token as `Authorization: Bearer ...`")
}

func errScope(want Permission) error {
	return refuse(Forbidden, "", "this API token's scopes do not include %s", want)
}

// operatorGranted is what operators may do inside a tenant: look, and run its workspaces; never enter them. They set IP filters for
// those who have shut themselves out, and its people are told.
var operatorGranted = []Permission{ReadTenant, OperateWorkspace, DeleteWorkspace, ReadCertificates, ReadIPFilter, WriteIPFilter, ReadDomains, ReadBackups, WriteBackups}

func authorizeOperator(want Permission) error {
	if !slices.Contains(operatorGranted, want) {
		return refuse(Forbidden, "", "operators have no %s inside a tenant", want)
	}
	return nil
}
