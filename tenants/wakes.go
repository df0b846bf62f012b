package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// wakesShown is over how long wakes are counted for people.
const wakesShown = 30 * 24 * time.Hour

// RecentWakes returns how often each of these workspaces was woken in the last 30 days; those that never were are left out.
func (s *Store) RecentWakes(ctx context.Context, workspaces []uuid.UUID) (map[uuid.UUID]int64, error) {
	rows, err := dbsql.New(s.pool).CountWakes(ctx, dbsql.CountWakesParams{Workspaces: workspaces, After: s.now().Add(-wakesShown)})
	if err != nil {
		return nil, fmt.Errorf("count wakes: %w", err)
	}
	counts := make(map[uuid.UUID]int64, len(rows))
	for _, r := range rows {
		counts[*r.WorkspaceID] = r.Wakes
	}
	return counts, nil
}
