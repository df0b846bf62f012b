package telemetry

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

// Seconds are the upper bounds of histograms of durations, in seconds: from what answers at once to what hangs.
var Seconds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300}

// NewRegistry returns a registry with the figures that every Go process has, and which build it is.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "longhouse_build_info",
		Help: "1, labelled with the revision that was built and the Go that built it."}, []string{"revision", "go"})
	revision, with := built()
	build.WithLabelValues(revision, with).Set(1)
	r.MustRegister(build)
	return r
}

func built() (revision, with string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value, info.GoVersion
		}
	}
	return "unknown", info.GoVersion
}

// Write gives the registry in Prometheus' text format, for those who write more beside it.
func Write(w io.Writer, r *prometheus.Registry) error {
	families, err := r.Gather()
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	return err
}

// MetricsHandler answers with the registry in Prometheus' text format. A collector that fails costs its own figures and
// no others.
func MetricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, Registry: r})
}
