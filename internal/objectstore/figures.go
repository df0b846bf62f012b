package objectstore

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/telemetry"
)

// figures are those of a store. No label names a bucket, a credential or a workspace.
type figures struct {
	store    *store
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	going    prometheus.Gauge
}

// methods are those that S3 has. Labels are our own words, never what a client sent.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete}

func newFigures(s *store) *figures {
	f := &figures{store: s,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_store_requests_total",
			Help: "Requests by S3 that were answered, by method and class of status."}, []string{"method", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "longhouse_store_request_duration_seconds",
			Help: "Time from a request's header to the beginning of its answer, with the body that it brought.", Buckets: telemetry.Seconds}, []string{"method"}),
		going: prometheus.NewGauge(prometheus.GaugeOpts{Name: "longhouse_store_requests_in_flight",
			Help: "Requests by S3 that have no answer yet."}),
	}
	for _, method := range methods { // the first failure is an increase too
		f.requests.WithLabelValues(method, "5xx")
	}
	return f
}

// desk is what the store answers about itself.
func (f *figures) desk(state *state) http.Handler {
	registry := telemetry.NewRegistry()
	registry.MustRegister(f, f.requests, f.took, f.going)
	return telemetry.Desk(registry, func(context.Context) error {
		if !state.get().Ready {
			return errors.New("it does not answer S3 yet")
		}
		return nil
	})
}

// count is for every request, refused ones among them.
func (f *figures) count(ctx fiber.Ctx) error {
	method, began := "other", time.Now()
	for _, known := range methods {
		if ctx.Method() == known {
			method = known // and not the server's buffer, which the next request overwrites
		}
	}
	f.going.Inc()
	defer f.going.Dec()
	err := ctx.Next()
	status := ctx.Response().StatusCode()
	if err != nil { // is answered by those before us
		status = http.StatusInternalServerError
		if known := (*fiber.Error)(nil); errors.As(err, &known) {
			status = known.Code
		}
	}
	f.requests.WithLabelValues(method, strconv.Itoa(status/100)+"xx").Inc()
	f.took.WithLabelValues(method).Observe(time.Since(began).Seconds())
	return err
}

var (
	storeBuckets = prometheus.NewDesc("longhouse_store_buckets", "Buckets in the store.", nil, nil)
	storeFree    = prometheus.NewDesc("longhouse_store_free_bytes", "What may still be written to the store's volume.", nil, nil)
	storeReserve = prometheus.NewDesc("longhouse_store_reserve_bytes", "What has to stay free there: below it nothing is taken.", nil, nil)
)

// Describe implements prometheus.Collector.
func (*figures) Describe(to chan<- *prometheus.Desc) {
	to <- storeBuckets
	to <- storeFree
	to <- storeReserve
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(storeBuckets, prometheus.GaugeValue, float64(len(f.store.bucketsOf(""))))
	to <- prometheus.MustNewConstMetric(storeReserve, prometheus.GaugeValue, reserve)
	free, err := f.store.free()
	if err != nil {
		to <- prometheus.NewInvalidMetric(storeFree, err)
		return
	}
	to <- prometheus.MustNewConstMetric(storeFree, prometheus.GaugeValue, float64(free))
}
