package controlplane

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// parsePath reads an identifier from the path.
func parsePath(ctx context.Context, prefix, name, shown string) (uuid.UUID, error) {
	return parse(ctx, prefix, "path."+name, shown)
}

// parseQuery reads an identifier from the query, where it may be missing.
func parseQuery(ctx context.Context, prefix, name, shown string) (*uuid.UUID, error) {
	if shown == "" {
		return nil, nil
	}
	u, err := parse(ctx, prefix, "query."+name, shown)
	return &u, err
}

func parse(ctx context.Context, prefix, location, shown string) (uuid.UUID, error) {
	u, err := id.Parse(prefix, shown)
	if err != nil {
		return uuid.Nil, problem(ctx, http.StatusUnprocessableEntity, err.Error(), Fault{Location: location, Message: err.Error()})
	}
	return u, nil
}
