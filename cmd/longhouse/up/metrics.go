package up

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
)

// serveMetrics shows the figures of this process at /metrics, those of each part at /metrics/<part>, and a part's health at
// /healthz/<part> and /readyz/<part>, for a Prometheus on this machine or in its network, which finds out at /targets which parts
// there are. They name no workspace, and nothing can be changed here.
func (m *machine) serveMetrics(ctx context.Context) error {
	listener, err := net.Listen("tcp", m.settings.Metrics)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	server := &http.Server{Handler: m.metricsHandler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			m.log.Error("metrics are not shown any more", "error", err)
		}
	}()
	return nil
}

func (m *machine) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	registry := telemetry.NewRegistry()
	registry.MustRegister(children{m.children.States})
	mux.Handle("GET /metrics", telemetry.MetricsHandler(registry))
	for _, what := range []string{"metrics", "healthz", "readyz"} {
		mux.Handle("GET /"+what+"/{part}", m.ofPart("/"+what))
	}
	mux.HandleFunc("GET /targets", m.targets)
	return mux
}

// children tells of those that we keep running.
type children struct{ states func() []supervisor.State }

var (
	childUp = prometheus.NewDesc("longhouse_child_up",
		"1 while a process of the part that longhouse up keeps running is there, whether or not it answers.", []string{"child"}, nil)
	childEnds = prometheus.NewDesc("longhouse_child_ends_total",
		"Processes of the part that ended by themselves, or hung, and were followed by another.", []string{"child"}, nil)
)

// Describe implements prometheus.Collector.
func (children) Describe(to chan<- *prometheus.Desc) {
	to <- childUp
	to <- childEnds
}

// Collect implements prometheus.Collector.
func (c children) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.states() {
		up := 0.0
		if s.Runs {
			up = 1
		}
		to <- prometheus.MustNewConstMetric(childUp, prometheus.GaugeValue, up, s.Name)
		to <- prometheus.MustNewConstMetric(childEnds, prometheus.CounterValue, float64(s.Ends), s.Name)
	}
}
