package provisioner

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// metrics are the figures of the workers. No label names a workspace or a tenant.
type metrics struct {
	attempts *prometheus.CounterVec
	took     *prometheus.HistogramVec
	ended    *prometheus.HistogramVec
	givenUp  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_operation_step_attempts_total",
			Help: "Attempts at steps, and at taking them back, by outcome."}, []string{"kind", "step", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "longhouse_operation_step_duration_seconds",
			Help: "Time that an attempt at a step took.", Buckets: telemetry.Seconds}, []string{"kind", "step"}),
		ended: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "longhouse_operation_duration_seconds",
			Help: "Time from the request for an operation to its end, by how it ended.", Buckets: telemetry.Seconds}, []string{"kind", "state"}),
		givenUp: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_operations_given_up_total",
			Help: "Operations that were taken back though nobody had cancelled them."}, []string{"kind"}),
	}
	r.MustRegister(m.attempts, m.took, m.ended, m.givenUp)
	for _, kind := range tenants.Kinds { // the first one is an increase too
		m.givenUp.WithLabelValues(string(kind))
	}
	return m
}

// measured does act as the attempt at a step that is called name, in a span of the trace that the operation was asked
// for in. An attempt that leads onward ends when somebody cancels the operation.
func (e *Engine) measured(ctx context.Context, r *Run, name string, act func(context.Context, *Run) error, onward bool) error {
	kind := string(r.op.Kind)
	ctx, span := e.tracer.Start(telemetry.Continue(ctx, r.op.Traceparent), kind+"/"+name, trace.WithAttributes(attributes(r.op, r.lease.epoch)...))
	defer span.End()
	began := time.Now()
	attempt := limited
	if onward {
		attempt = untilCancelled
	}
	err := attempt(ctx, r, act)
	e.metrics.took.WithLabelValues(kind, name).Observe(time.Since(began).Seconds())
	outcome := "done"
	if err != nil {
		outcome = "failed"
		span.SetStatus(codes.Error, "the attempt failed") // what it says is for the log: a trace may go to others
	}
	e.metrics.attempts.WithLabelValues(kind, name, outcome).Inc()
	return err
}

// root gives an operation that nobody traced who asked for it a trace of its own when it is first claimed: its attempts would be a
// trace each, which nobody can tell to belong together.
func (e *Engine) root(ctx context.Context, q *dbsql.Queries, claimed *dbsql.Operation) error {
	if claimed.Traceparent != "" {
		return nil
	}
	ctx, span := e.tracer.Start(ctx, "operation/"+claimed.Kind, trace.WithNewRoot(), trace.WithAttributes(attributes(operation(*claimed), claimed.Epoch)...))
	defer span.End()
	if claimed.Traceparent = telemetry.Traceparent(ctx); claimed.Traceparent == "" { // spans go nowhere
		return nil
	}
	if err := q.SetTraceparent(ctx, dbsql.SetTraceparentParams{ID: claimed.ID, Epoch: claimed.Epoch, Traceparent: claimed.Traceparent}); err != nil {
		return fmt.Errorf("write down the trace of operation %s: %w", claimed.ID, err)
	}
	return nil
}

func attributes(op tenants.Operation, epoch int64) []attribute.KeyValue {
	list := []attribute.KeyValue{attribute.String("longhouse.operation", id.Show(id.Operation, op.ID)), attribute.Int64("longhouse.epoch", epoch)}
	if op.Workspace != nil {
		list = append(list, attribute.String("longhouse.workspace", id.Show(id.Workspace, *op.Workspace)))
	}
	if op.Tenant != nil {
		list = append(list, attribute.String("longhouse.tenant", id.Show(id.Tenant, *op.Tenant)))
	}
	return list
}

// over counts an operation that has ended.
func (m *metrics) over(op tenants.Operation, state tenants.Progress) {
	m.ended.WithLabelValues(string(op.Kind), string(state)).Observe(time.Since(op.CreatedAt).Seconds())
}
