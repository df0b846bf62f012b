package controlplane

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
)

// metrics are the figures of the API. Labels are the API's own words, never what a caller sent, and none names a
// workspace.
type metrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	going    prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_api_requests_total",
			Help: "Requests to the API that have ended, by route and class of status; none where the caller hung up."}, []string{"method", "route", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "longhouse_api_request_duration_seconds",
			Help: "Time from a request's header to the end of its answer, by route, without streams.", Buckets: telemetry.Seconds}, []string{"method", "route"}),
		going: prometheus.NewGauge(prometheus.GaugeOpts{Name: "longhouse_api_requests_in_flight",
			Help: "Requests and streams in progress."}),
	}
	r.MustRegister(m.requests, m.took, m.going)
	return m
}

// observe counts an answer. What lasts as long as the caller stays says nothing about how fast we are.
func (m *metrics) observe(method, route string, status int, took time.Duration, stream bool) {
	switch method {
	case get, put, post, remove:
	default:
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	class := strconv.Itoa(status/100) + "xx"
	if status == statusLeft {
		class = "none" // as the edge has it
	}
	m.requests.WithLabelValues(method, route, class).Inc()
	if !stream {
		m.took.WithLabelValues(method, route).Observe(took.Seconds())
	}
}

// isStream reports whether the answer goes on for as long as the caller stays.
func isStream(h http.Header) bool {
	switch h.Get("Content-Type") {
	case "text/event-stream", feed.ContentType:
		return true
	}
	return false
}
