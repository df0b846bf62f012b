package serve

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
)

// tell prepares what the roles tell of themselves. The function sends the last spans.
func (c *control) tell(ctx context.Context) (flush func(), err error) {
	c.metrics = telemetry.NewRegistry()
	c.rounds = rounds.New(c.metrics)
	c.metrics.MustRegister(controlplane.NewGauges(c.store, c.pool, c.log))
	c.traces, flush, err = telemetry.Traces(ctx, c.settings.Traces, "longhouse-control", c.log)
	return flush, err
}

// admin is what the machine's operator may ask this process for.
func (c *control) admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", telemetry.MetricsHandler(c.metrics))
	return mux
}
