package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// called is how people know the principal of this name: by the e-mail address. Which operator it was is not told.
func called(ctx context.Context, q *dbsql.Queries, name string) (string, error) {
	kind, _, _ := strings.Cut(name, "_")
	switch kind {
	case id.Operator:
		return "an operator of this installation", nil
	case System:
		return "Longhouse itself", nil
	case id.Workspace:
		return "An admin of the workspace", nil
	case id.Person, id.Token:
	default:
		return name, nil
	}
	principal, err := id.Parse(kind, name)
	if err != nil {
		return name, nil
	}
	email, err := q.EmailOfPrincipal(ctx, principal)
	if errors.Is(err, pgx.ErrNoRows) {
		return name, nil
	}
	if err != nil {
		return "", fmt.Errorf("read who %s is: %w", name, err)
	}
	if kind == id.Token {
		return "an API token of " + email, nil
	}
	return email, nil
}
