package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// WatchOperations returns a channel of operations that have changed, until ctx ends or the connection to the database is
// lost, when it is closed. Whoever does not read fast enough is told all the same, later.
func (s *Store) WatchOperations(ctx context.Context) (<-chan uuid.UUID, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("reach the database to watch operations: %w", err)
	}
	if err := dbsql.New(conn).ListenOperations(ctx); err != nil {
		conn.Release()
		return nil, fmt.Errorf("watch operations: %w", err)
	}
	changed := make(chan uuid.UUID)
	go func() {
		defer close(changed)
		// The connection listens, so it must not go back to the pool.
		defer func() { _ = conn.Hijack().Close(context.WithoutCancel(ctx)) }()
		for {
			told, err := conn.Conn().WaitForNotification(ctx)
			if err != nil {
				return
			}
			operation, err := uuid.Parse(told.Payload)
			if err != nil {
				continue // nobody of ours
			}
			select {
			case changed <- operation:
			case <-ctx.Done():
				return
			}
		}
	}()
	return changed, nil
}
