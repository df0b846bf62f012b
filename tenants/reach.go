package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Reach is the tenants in which a principal has one permission. The zero value is none.
type Reach struct {
	everywhere bool
	tenants    []uuid.UUID
}

// Everywhere is the reach of Longhouse itself.
var Everywhere = Reach{everywhere: true}

// Reach returns where the principal may do this, so that a list over several tenants shows what Authorize would let
// pass one by one. A principal who may do it nowhere because of what it is, not because of where, is refused.
func (s *Store) Reach(ctx context.Context, p Principal, want Permission) (Reach, error) {
	switch {
	case p.Nobody():
		return Reach{}, errNobody()
	case p.Operator != uuid.Nil:
		return Everywhere, authorizeOperator(want)
	case p.Token != uuid.Nil && !slices.Contains(p.Scopes, want):
		return Reach{}, errScope(want)
	}
	rows, err := dbsql.New(s.pool).ListRoles(ctx, p.Person)
	if err != nil {
		return Reach{}, fmt.Errorf("list the roles of %s: %w", p.Name(), err)
	}
	reach := Reach{tenants: []uuid.UUID{}}
	for _, r := range rows {
		if Role(r.Role).May(want) && (p.Token == uuid.Nil || p.Tenant == r.TenantID) {
			reach.tenants = append(reach.tenants, r.TenantID)
		}
	}
	return reach, nil
}
