package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// BackupFigures are how backups of the workspaces of a cell go. Canaries are not among these.
type BackupFigures struct {
	Cell   string
	Waited time.Duration // of the workspace whose backup has been due longest: since it first ran after the newest one
	Late   int64         // workspaces that have waited for more than 26 hours
	Shrunk int64         // workspaces whose newest backup has less than half of the posts, or of the files, of the one before
	Failed int64         // the most backups of one workspace that failed in a row
	Made   int64         // backups of the last day
	Added  int64         // bytes that had to be written for these
	Took   time.Duration // of the slowest of these
}

// BackupFigures has one for each cell.
func (s *Store) BackupFigures(ctx context.Context) ([]BackupFigures, error) {
	rows, err := dbsql.New(s.pool).BackupFigures(ctx, dbsql.BackupFiguresParams{Now: s.now(), Canaries: CanaryTenant})
	if err != nil {
		return nil, fmt.Errorf("look how backups of workspaces go: %w", err)
	}
	all := make([]BackupFigures, len(rows))
	for i, r := range rows {
		all[i] = BackupFigures{Cell: r.Cell, Waited: max(0, time.Duration(r.Waited*float64(time.Second))), Late: r.Late, Shrunk: r.Shrunk, Failed: r.Failed,
			Made: r.Made, Added: r.Added, Took: time.Duration(r.TookMs) * time.Millisecond}
	}
	return all, nil
}
