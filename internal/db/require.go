package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Require keeps code of before a version of the schema away from the database, together with what the transaction writes: it is for
// rows that such code would misunderstand, where the schema alone would do it no harm. Nothing takes it back.
func Require(ctx context.Context, tx pgx.Tx, version int) error {
	if _, err := tx.Exec(ctx, setSupport, version); err != nil {
		return fmt.Errorf("say which versions work with what is written: %w", err)
	}
	return nil
}
