package db

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestFiguresTellWhatConnectionsDo(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	held, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	stat := pool.Stat()
	want := fmt.Sprintf(`
		# HELP longhouse_database_connections Connections to the control plane's database, by what they do.
		# TYPE longhouse_database_connections gauge
		longhouse_database_connections{state="idle"} %d
		longhouse_database_connections{state="most"} %d
		longhouse_database_connections{state="used"} 1
	`, stat.IdleConns(), stat.MaxConns())
	if err := testutil.CollectAndCompare(NewFigures(pool), strings.NewReader(want), "longhouse_database_connections"); err != nil {
		t.Error(err)
	}
}
