package controlplane

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestFiguresTellOfBackupsThatAreLate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("engines")
	pool, err := db.Open(t.Context(), b.pool.Config().ConnString(), 2)
	b.must(err)
	t.Cleanup(pool.Close)
	_, err = pool.Exec(t.Context(), "update workspaces set state = 'running', created_at = $1, updated_at = $1", time.Now().Add(-27*time.Hour))
	b.must(err)
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewGauges(tenants.NewStore(pool, nil, "longhouse.test"), b.server.log))
	want := `
		# HELP longhouse_workspace_backups_late Workspaces that have run, and have waited for a backup for more than 26 hours, by cell.
		# TYPE longhouse_workspace_backups_late gauge
		longhouse_workspace_backups_late{cell="local"} 1
		# HELP longhouse_workspace_backups_shrunk Workspaces whose newest backup has less than half of the posts or files of the one before, by cell.
		# TYPE longhouse_workspace_backups_shrunk gauge
		longhouse_workspace_backups_shrunk{cell="local"} 0
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_workspace_backups_late", "longhouse_workspace_backups_shrunk"); err != nil {
		t.Error(err)
	}
}
