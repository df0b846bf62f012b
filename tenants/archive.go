package tenants

import (
	"context"
	"fmt"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Archive has what was signed of the audit trail, where who may write to the database can't reach it.
type Archive interface {
	// Kept hands over whatever is kept, by a name, until each refuses something. What can't be read is left out, and is an error
	// once the rest was handed over.
	Kept(ctx context.Context, each func(name string, signed audit.Signed) error) error
	// Heads returns what was kept beside a checkpoint of this name.
	Heads(ctx context.Context, name string) ([]audit.ArchivedHead, error)
}

// ArchiveCheckpoints hands those to keep that are in no archive yet, in their order.
func (s *Store) ArchiveCheckpoints(ctx context.Context, keep func(context.Context, int64, audit.Archived) error) error {
	q := dbsql.New(s.pool)
	rows, err := q.ListUnarchived(ctx)
	if err != nil {
		return fmt.Errorf("list checkpoints that are not archived: %w", err)
	}
	for _, row := range rows {
		a := audit.Archived{Signed: audit.Signed{Document: row.Document, Signature: row.Signature}}
		leaves, err := q.LeavesOf(ctx, row.Number)
		if err != nil {
			return fmt.Errorf("read what checkpoint %d says: %w", row.Number, err)
		}
		for _, l := range leaves {
			a.Heads = append(a.Heads, audit.ArchivedHead{Chain: l.Chain, Count: l.Count, Hash: sum(l.Hash)})
		}
		if err := keep(ctx, row.Number, a); err != nil {
			return err
		}
		if err := q.SetArchived(ctx, row.Number); err != nil {
			return fmt.Errorf("note that checkpoint %d is archived: %w", row.Number, err)
		}
	}
	return nil
}

// ArchiveRestores hands the notes of restores to keep that are in no archive yet.
func (s *Store) ArchiveRestores(ctx context.Context, keep func(context.Context, audit.Signed) error) error {
	q := dbsql.New(s.pool)
	rows, err := q.UnarchivedRestores(ctx)
	if err != nil {
		return fmt.Errorf("list restores that are not archived: %w", err)
	}
	for _, row := range rows {
		if err := keep(ctx, audit.Signed{Document: row.Document, Signature: row.Signature}); err != nil {
			return err
		}
		if err := q.SetRestoreArchived(ctx, row.ID); err != nil {
			return fmt.Errorf("note that a restore is archived: %w", err)
		}
	}
	return nil
}
