package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// flushWithin is how long a process that ends waits for the collector to take the last spans.
const flushWithin = 3 * time.Second

// Traces returns where spans go: to the OpenTelemetry collector at endpoint, by OTLP over HTTP, or nowhere when endpoint
// is empty. A collector that does not answer costs spans and nothing else. The function sends what is left.
func Traces(ctx context.Context, endpoint, service string, log *slog.Logger) (trace.TracerProvider, func(), error) {
	if endpoint == "" {
		return noop.NewTracerProvider(), func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, nil, fmt.Errorf("send traces to %s: %w", endpoint, err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("spans were lost", "error", err) }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))))
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("spans were lost", "error", err)
		}
	}, nil
}

// CheckEndpoint refuses an address that traces can't be sent to. Nothing is an address too: nowhere.
func CheckEndpoint(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("must be the http:// or https:// address of an OpenTelemetry collector's OTLP receiver, as in http://127.0.0.1:4318/v1/traces")
	}
	return nil
}

var wire = propagation.TraceContext{}

// Traceparent returns the span of ctx as the traceparent of W3C Trace Context, to be continued by whoever reads it from
// a row; empty without one.
func Traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	wire.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Continue returns a context whose spans are children of the one that Traceparent told.
func Continue(ctx context.Context, traceparent string) context.Context {
	return wire.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}

// Linked makes a span point at the one that a caller says it comes from. It is a link and no parent: whoever can send a header
// must choose neither the trace that we are found by nor whether it is kept.
func Linked(traceparent string) trace.SpanStartOption {
	return trace.WithLinks(trace.LinkFromContext(Continue(context.Background(), traceparent)))
}

// TraceID returns the trace of ctx for a log line; empty without one.
func TraceID(ctx context.Context) string {
	if s := trace.SpanContextFromContext(ctx); s.HasTraceID() {
		return s.TraceID().String()
	}
	return ""
}
