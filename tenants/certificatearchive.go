package tenants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/certificate"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// ArchiveCertificates hands those to keep that are in no archive yet, the oldest first.
func (s *Store) ArchiveCertificates(ctx context.Context, keep func(ctx context.Context, workspace uuid.UUID, signed string) error) error {
	q := dbsql.New(s.pool)
	rows, err := q.UnarchivedCertificates(ctx)
	if err != nil {
		return fmt.Errorf("list certificates that are not archived: %w", err)
	}
	for _, row := range rows {
		if err := keep(ctx, row.WorkspaceID, row.Jws); err != nil {
			return err
		}
		if err := q.SetCertificateArchived(ctx, dbsql.SetCertificateArchivedParams{WorkspaceID: row.WorkspaceID, Now: s.now()}); err != nil {
			return fmt.Errorf("note that a certificate is archived: %w", err)
		}
	}
	return nil
}

// takeCertificate has one here again that the archive has.
func (s *Store) takeCertificate(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID, signed string) error {
	c, err := certificate.Read(signed)
	if err != nil {
		return err
	}
	err = q.TakeCertificate(ctx, dbsql.TakeCertificateParams{WorkspaceID: workspace, IssuedAt: c.DeletedAt, Jws: signed, Now: s.now()})
	if err != nil {
		return fmt.Errorf("take a certificate from the archive: %w", err)
	}
	return nil
}

// certificateSum is what the audit trail tells of a certificate.
func certificateSum(signed string) string {
	sum := sha256.Sum256([]byte(signed))
	return hex.EncodeToString(sum[:])
}
