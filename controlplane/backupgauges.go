package controlplane

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	backupWaited = desc("longhouse_workspace_backup_wait_seconds", "For how long the workspace that waits longest has run without a newer backup, by cell.", "cell")
	backupLate   = desc("longhouse_workspace_backups_late", "Workspaces that have run, and have waited for a backup for more than 26 hours, by cell.", "cell")
	backupShrunk = desc("longhouse_workspace_backups_shrunk", "Workspaces whose newest backup has less than half of the posts or files of the one before, by cell.", "cell")
	backupFailed = desc("longhouse_workspace_backup_failures", "The most backups of one workspace that failed in a row, by cell.", "cell")
	backupMade   = desc("longhouse_workspace_backups_made", "Backups of workspaces that were made in the last day, by cell.", "cell")
	backupAdded  = desc("longhouse_workspace_backup_added_bytes", "Bytes that the backups of the last day had to write, by cell.", "cell")
	backupTook   = desc("longhouse_workspace_backup_longest_seconds", "How long the slowest backup of the last day took, by cell.", "cell")
)

func (g *Gauges) collectWorkspaceBackups(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	all, err := g.store.BackupFigures(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	for _, f := range all {
		gauge(backupWaited, f.Waited.Seconds(), f.Cell)
		gauge(backupLate, float64(f.Late), f.Cell)
		gauge(backupShrunk, float64(f.Shrunk), f.Cell)
		gauge(backupFailed, float64(f.Failed), f.Cell)
		gauge(backupMade, float64(f.Made), f.Cell)
		gauge(backupAdded, float64(f.Added), f.Cell)
		gauge(backupTook, f.Took.Seconds(), f.Cell)
	}
}
