package db

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	//go:embed little_memory.sql
	littleMemory string
	//go:embed room.sql
	spill string
)

// Room returns nil when the server has room to write: it has it sort out more rows than it may hold in memory, about a mebibyte,
// which takes a temporary file beside the tables, and leaves nothing behind. On a full disk reading goes on for long, so that
// a query that only reads tells nothing.
func Room(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, littleMemory); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, spill)
		return err
	})
}
