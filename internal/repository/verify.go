package repository

import (
	"context"
	"io"
)

// Verify reads all of a backup and compares it with what was kept: a *Damage, ErrWrongKey, or why it can't be read now.
func (r *Reader) Verify(ctx context.Context, m Manifest) error {
	for e, err := range r.Entries(ctx, m) {
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r.Open(ctx, e)); err != nil {
			return err
		}
	}
	return nil
}
