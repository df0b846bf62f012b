package controlplane

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestWhoHangsUpIsNotAFaultOfOurs asks for what waits for a lock in the database, and hangs up.
func TestWhoHangsUpIsNotAFaultOfOurs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	registry, spans := prometheus.NewRegistry(), tracetest.NewSpanRecorder()
	config := b.server.config
	config.Metrics, config.Traces = registry, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	b.server = newServer(config)
	b.serve()
	tx, err := b.pool.Begin(t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = tx.Exec(t.Context(), "lock table workspaces in access exclusive mode")
	b.must(err)
	waits := func() (yes bool) {
		b.must(tx.QueryRow(t.Context(), `select exists (select 1 from pg_locks l join pg_database d on d.oid = l.database
			where d.datname = current_database() and l.relation = 'workspaces'::regclass and not l.granted)`).Scan(&yes))
		return yes && testutil.ToFloat64(b.server.metrics.going) == 1
	}
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	req, err := http.NewRequestWithContext(ctx, get, b.url+prefix+"/workspaces/"+up.Workspace.ID, nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+up.Token)
	req.Header.Set(requestIDHeader, "the-left")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := http.DefaultClient.Do(req); err == nil {
			t.Errorf("answered %s", res.Status)
			_ = res.Body.Close()
		}
	}()
	b.eventually("the request to wait", waits)
	hangUp()
	<-gone
	b.eventually("the request to be told of", func() bool { return b.log.about(`"request":"the-left"`) != "" })
	text, parts := b.line("the-left")
	if parts["status"] != float64(statusLeft) || parts["level"] != "INFO" || parts["error"] != nil {
		t.Error(text)
	}
	want := `
		# HELP longhouse_api_requests_total Requests to the API that have ended, by route and class of status; none where the caller hung up.
		# TYPE longhouse_api_requests_total counter
		longhouse_api_requests_total{code="none",method="GET",route="/api/v1/workspaces/{workspace}"} 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_api_requests_total"); err != nil {
		t.Error(err)
	}
	b.eventually("the span's end", func() bool { return len(spans.Ended()) == 1 })
	if status := spans.Ended()[0].Status(); status.Code == codes.Error {
		t.Errorf("the span is %+v", status)
	}
}
