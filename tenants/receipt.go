package tenants

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Receipt is what a write leaves in its own transaction, so that it can be told later whether it was done. Its error rolls
// the transaction back.
type Receipt func(ctx context.Context, tx pgx.Tx) error

type receiptKey struct{}

// WithReceipt returns a context under which the store's transactions end by leaving the receipt.
func WithReceipt(ctx context.Context, r Receipt) context.Context {
	return context.WithValue(ctx, receiptKey{}, r)
}

// receipted is a transaction's work, and then the receipt that is left under ctx, if any.
func receipted(ctx context.Context, do func(tx pgx.Tx) error) func(tx pgx.Tx) error {
	leave, _ := ctx.Value(receiptKey{}).(Receipt)
	if leave == nil {
		return do
	}
	return func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return leave(ctx, tx)
	}
}
