package provisioner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestStepsContinueTheTraceOfTheRequest(t *testing.T) {
	t.Parallel()
	r := setup(t)
	spans := tracetest.NewSpanRecorder()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	ctx, asked := traces.Tracer("test").Start(t.Context(), "asked")
	op := r.requestIn(ctx)
	e := r.engine("one", time.Minute)
	e.tracer = traces.Tracer("test")
	r.must(e.Work(t.Context(), op))
	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
		if span.SpanContext().TraceID() != asked.SpanContext().TraceID() || span.Parent().SpanID() != asked.SpanContext().SpanID() {
			t.Errorf("%s is not part of the request's trace", span.Name())
		}
	}
	if !slices.Equal(names, []string{"prepare/one", "prepare/two", "prepare/three"}) {
		t.Errorf("spans %v", names)
	}
}

// TestAttemptsOfWhatNobodyAskedForAreOneTrace also where another worker goes on.
func TestAttemptsOfWhatNobodyAskedForAreOneTrace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	spans := tracetest.NewSpanRecorder()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	op := r.request()
	first, second := r.engine("one", time.Minute), r.engine("two", time.Minute)
	first.tracer, second.tracer = traces.Tracer("test"), traces.Tracer("test")
	r.when("do two", func(context.Context, *Run) error { return errors.New("bad luck") })
	r.must(first.Work(t.Context(), op))
	r.when("do two", nil)
	r.set(op, "due_at = clock_timestamp()")
	r.must(second.Work(t.Context(), op))
	var names []string
	ended := spans.Ended()
	for i, span := range ended {
		names = append(names, span.Name())
		if i > 0 && (span.SpanContext().TraceID() != ended[0].SpanContext().TraceID() || span.Parent().SpanID() != ended[0].SpanContext().SpanID()) {
			t.Errorf("%s is not part of the operation's trace", span.Name())
		}
	}
	if !slices.Equal(names, []string{"operation/prepare", "prepare/one", "prepare/two", "prepare/two", "prepare/three"}) || ended[0].Parent().IsValid() {
		t.Errorf("spans %v", names)
	}
}

func TestAttemptsAndEndsAreCounted(t *testing.T) {
	t.Parallel()
	r := setup(t)
	registry := prometheus.NewRegistry()
	e := r.engine("one", time.Minute)
	e.metrics = newMetrics(registry)
	r.must(e.Work(t.Context(), r.requestIn(t.Context())))
	want := `
		# HELP longhouse_operation_step_attempts_total Attempts at steps, and at taking them back, by outcome.
		# TYPE longhouse_operation_step_attempts_total counter
		longhouse_operation_step_attempts_total{kind="prepare",outcome="done",step="one"} 1
		longhouse_operation_step_attempts_total{kind="prepare",outcome="done",step="three"} 1
		longhouse_operation_step_attempts_total{kind="prepare",outcome="done",step="two"} 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_operation_step_attempts_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "longhouse_operation_duration_seconds"); err != nil || n != 1 {
		t.Errorf("%d histograms of ends, %v", n, err)
	}
}
