package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// slugTaken is the refusal of a slug. Only the tenant whose workspace had it is told that it is held, and until when: nobody else
// learns what was deleted.
func (s *Store) slugTaken(ctx context.Context, q *dbsql.Queries, slug string, tenant *uuid.UUID) error {
	taken := refuse(Conflict, "slug", "the slug %q is taken; choose another", slug)
	if tenant == nil {
		return taken
	}
	until, err := q.HeldFor(ctx, dbsql.HeldForParams{BaseDomain: s.baseDomain, Slug: slug, TenantID: *tenant})
	if errors.Is(err, pgx.ErrNoRows) {
		return taken
	}
	if err != nil {
		return fmt.Errorf("look until when the slug %s is held: %w", slug, err)
	}
	return refuse(Conflict, "slug", "the slug %q is taken: it was that of a workspace of yours that is deleted, and is held until %s, so that nobody inherits its links and clients; choose another",
		slug, shown(*until))
}
