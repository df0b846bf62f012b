package tenants

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// archiveSlack is how long reading the archive may take: what was archived meanwhile is not in what was read.
const archiveSlack = 10 * time.Minute

// compareArchive holds the checkpoints of the archive, where nothing is overwritten, against those of the database. It returns those that
// the database does not have, and that no restore explains: what they speak of may have been cut off.
func (s *Store) compareArchive(ctx context.Context, key ed25519.PublicKey, archived []audit.Signed, rows []dbsql.AuditCheckpoint, r *AuditReport) (cut []audit.Checkpoint, err error) {
	restores, err := dbsql.New(s.pool).SealedRestores(ctx)
	if err != nil {
		return nil, fmt.Errorf("read when the control plane was restored: %w", err)
	}
	own := map[int64]audit.Signed{}
	for _, row := range rows {
		own[row.Number] = audit.Signed{Document: row.Document, Signature: row.Signature}
	}
	there, last := map[int64]bool{}, int64(0)
	for _, a := range archived {
		c, err := a.Open(key)
		if err != nil {
			r.Faults = append(r.Faults, "in the archive: "+err.Error())
			continue
		}
		last = max(last, c.Number)
		signed, known := own[c.Number]
		switch {
		case known && signed.Sum() == a.Sum():
			there[c.Number] = true
			continue
		case lostInRestore(c, restores):
			continue
		case known:
			r.Faults = append(r.Faults, fmt.Sprintf("checkpoint %d is not the one that is in the archive", c.Number))
		default:
			r.Faults = append(r.Faults, fmt.Sprintf("checkpoint %d is in the archive, and not in the database: what it speaks of may have been cut off", c.Number))
		}
		cut = append(cut, c)
	}
	for _, row := range rows {
		if row.ArchivedAt != nil && !there[row.Number] && (row.Number < last || row.ArchivedAt.Before(s.now().Add(-archiveSlack))) {
			r.Faults = append(r.Faults, fmt.Sprintf("checkpoint %d was archived, and is not in the archive as it was", row.Number))
		}
	}
	return cut, nil
}

// lostInRestore reports whether a checkpoint was made after the backup that the control plane was restored from, and before that.
func lostInRestore(c audit.Checkpoint, restores []dbsql.SealedRestoresRow) bool {
	for _, r := range restores {
		backup, err := time.Parse(time.RFC3339, r.BackupAt)
		if err == nil && !c.At.Before(backup) && !c.At.After(r.At) {
			return true
		}
	}
	return false
}
