package controlplane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/tenants"
)

// entry gathers, while a request is served, what its one log line says. It holds ids and never a secret; the path is
// told by its pattern, as people paste anything into an address.
type entry struct {
	principal string
	ids       []slog.Attr
	dryRun    bool
	failure   error
	left      func() bool // whether the caller has hung up
}

type entryKey struct{}

func entryOf(ctx context.Context) *entry {
	if e, ok := ctx.Value(entryKey{}).(*entry); ok {
		return e
	}
	return &entry{left: func() bool { return false }}
}

func noteFailure(ctx context.Context, err error) { entryOf(ctx).failure = err }

// noteDryRun tells a write that changes nothing from one that does.
func noteDryRun(ctx context.Context) {
	entryOf(ctx).dryRun = true
	trace.SpanFromContext(ctx).SetAttributes(attribute.Bool("longhouse.dry_run", true))
}

// noteID sets an id. What looks at a request's caller again and again, as a stream does, tells the same ones each time.
func noteID(ctx context.Context, name, shown string) {
	e, noted := entryOf(ctx), slog.String(name, shown)
	if at := slices.IndexFunc(e.ids, func(a slog.Attr) bool { return a.Key == name }); at >= 0 {
		e.ids[at] = noted
		return
	}
	e.ids = append(e.ids, noted)
}

// noteDetail keeps what only operators shall know of a refusal.
func noteDetail(ctx context.Context, detail string) {
	if detail != "" {
		noteID(ctx, "detail", detail)
	}
}

const requestIDHeader = "X-Request-Id"

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// logged gives the request an id, or keeps the caller's, survives panics, and writes the line when the answer is out.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestID := r.Header.Get(requestIDHeader)
		if !requestIDForm.MatchString(requestID) {
			requestID = id.Show("req", id.New())
		}
		w.Header().Set(requestIDHeader, requestID)
		caller := r.Context() // which the server ends when the connection does
		e := &entry{principal: "nobody", left: func() bool { return errors.Is(caller.Err(), context.Canceled) }}
		ctx := context.WithValue(tenants.WithRequestID(caller, requestID), entryKey{}, e)
		if !isProbe(r) {
			var span trace.Span
			ctx, span = s.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), telemetry.Linked(r.Header.Get("Traceparent")),
				trace.WithAttributes(attribute.String("longhouse.request", requestID)))
			defer span.End()
		}
		answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r, began := r.WithContext(ctx), time.Now()
		s.metrics.going.Inc()
		defer func() { s.tell(r, answer, e, time.Since(began)) }()
		defer recovered(ctx, answer)
		next.ServeHTTP(answer, r)
	})
}

// isProbe reports whether somebody only asks whether we are well. Many do, all the time.
func isProbe(r *http.Request) bool { return r.URL.Path == healthPath || r.URL.Path == readyPath }

func levelOf(r *http.Request) slog.Level {
	if isProbe(r) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func recovered(ctx context.Context, w middleware.WrapResponseWriter) {
	caught := recover()
	if caught == nil {
		return
	}
	p := problemOf(ctx, fmt.Errorf("panic: %v\n%s", caught, debug.Stack()))
	if w.Status() == 0 {
		writeProblem(w, p)
	}
}

func (s *Server) tell(r *http.Request, answer middleware.WrapResponseWriter, e *entry, took time.Duration) {
	route := chi.RouteContext(r.Context()).RoutePattern()
	s.metrics.going.Dec()
	s.metrics.observe(r.Method, route, answer.Status(), took, isStream(answer.Header()))
	// A caller who left has not failed; but what was answered as our fault is told, as a context of ours may have ended too.
	failed := e.failure != nil && (answer.Status() >= http.StatusInternalServerError || !errors.Is(e.failure, context.Canceled))
	nameSpan(trace.SpanFromContext(r.Context()), r.Method, route, answer.Status(), failed)
	level, attrs := levelOf(r), []slog.Attr{
		slog.String("request", tenants.RequestID(r.Context())),
		slog.String("method", r.Method),
		slog.String("route", route),
		slog.Int("status", answer.Status()),
		slog.Int("bytes", answer.BytesWritten()),
		slog.Float64("seconds", took.Seconds()),
		slog.String("principal", e.principal),
	}
	attrs = append(attrs, e.ids...)
	if e.dryRun {
		attrs = append(attrs, slog.Bool("dry_run", true))
	}
	if traceID := telemetry.TraceID(r.Context()); traceID != "" {
		attrs = append(attrs, slog.String("trace", traceID))
	}
	if failed {
		level, attrs = slog.LevelError, append(attrs, slog.Any("error", e.failure))
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// nameSpan says of a request's span what is known only at its end. A caller's mistake is no error of ours.
func nameSpan(span trace.Span, method, route string, status int, failed bool) {
	span.SetName(method + " " + route)
	span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError || failed {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
}
