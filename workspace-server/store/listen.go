package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Bell is the name by which instances of a workspace wake each other.
const Bell = "bus"

// Listen calls heard whenever the bell rings, until the context or the connection ends; it keeps a connection for that.
func (db *DB) Listen(ctx context.Context, heard func()) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to database: %w", err)
	}
	own := conn.Hijack()                        // it listens for as long as it lives, which no other user of the pool should
	defer own.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it has ended
	if _, err := own.Exec(ctx, listen+pgx.Identifier{Bell}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	heard() // what rang before
	for {
		if _, err := own.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("wait for other instances: %w", err)
		}
		heard()
	}
}
