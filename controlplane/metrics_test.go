package controlplane

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestFiguresOfRequestsNameRoutesAndNeverWhatACallerSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registry := prometheus.NewRegistry()
	config := b.server.config
	config.Metrics = registry
	b.server = newServer(config)
	b.serve()
	ws := b.signUp("engines").Workspace.ID
	b.call(get, "/workspaces/"+ws, b.operator(), nil)
	b.call(get, "/workspaces/ws_nobody", b.operator(), nil)
	b.call("BREW", "/workspaces/"+ws, "", nil)
	b.call(get, "/no/such/page", "", nil)
	want := `
		# HELP longhouse_api_requests_total Requests to the API that have ended, by route and class of status; none where the caller hung up.
		# TYPE longhouse_api_requests_total counter
		longhouse_api_requests_total{code="2xx",method="GET",route="/api/v1/workspaces/{workspace}"} 1
		longhouse_api_requests_total{code="2xx",method="POST",route="/api/v1/signup"} 1
		longhouse_api_requests_total{code="4xx",method="GET",route="/api/v1/workspaces/{workspace}"} 1
		longhouse_api_requests_total{code="4xx",method="GET",route="none"} 1
		longhouse_api_requests_total{code="4xx",method="other",route="none"} 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_api_requests_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "longhouse_api_request_duration_seconds"); err != nil || n == 0 {
		t.Errorf("%d histograms, %v", n, err)
	}
}

func TestGaugesCountWhatTheDatabaseHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("engines")
	pool, err := db.Open(t.Context(), b.pool.Config().ConnString(), 2)
	b.must(err)
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewGauges(tenants.NewStore(pool, nil, "longhouse.test"), b.server.log))
	var open strings.Builder // all kinds and states, so that none comes and goes
	for _, kind := range tenants.Kinds {
		for _, state := range tenants.ProgressStates {
			if !state.Over() {
				fmt.Fprintf(&open, "longhouse_operations_open{kind=%q,state=%q} %d\n", kind, state, bit(kind == tenants.KindProvision && state == tenants.Queued))
			}
		}
	}
	want := `
		# HELP longhouse_database_up 1 when the control plane's database answered this scrape.
		# TYPE longhouse_database_up gauge
		longhouse_database_up 1
		# HELP longhouse_operations_open Operations that are not over, by kind and state.
		# TYPE longhouse_operations_open gauge
` + open.String() + `		# HELP longhouse_tenants Tenants.
		# TYPE longhouse_tenants gauge
		longhouse_tenants 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_database_up", "longhouse_operations_open", "longhouse_tenants"); err != nil {
		t.Error(err)
	}
	pool.Close()
	lost := strings.Replace(strings.Join(strings.SplitAfter(want, "\n")[:4], ""), "\tlonghouse_database_up 1\n", "\tlonghouse_database_up 0\n", 1)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(lost), "longhouse_database_up", "longhouse_tenants"); err != nil {
		t.Errorf("without the database: %v", err)
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
