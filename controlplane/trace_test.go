package controlplane

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// traced serves anew, and returns what then gets the spans.
func (b *bundle) traced() *tracetest.SpanRecorder {
	spans := tracetest.NewSpanRecorder()
	config := b.server.config
	config.Traces = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	b.server = newServer(config)
	b.serve()
	return spans
}

func TestARequestsSpanIsKeptWithItsOperation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spans := b.traced()
	b.signUp("engines")
	var kept string
	if err := b.server.config.Pool.QueryRow(t.Context(), `select traceparent from operations`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	ended := spans.Ended()
	if len(ended) != 1 || ended[0].Name() != http.MethodPost+" /api/v1/signup" {
		t.Fatalf("spans %v", ended)
	}
	if own := ended[0].SpanContext(); !strings.Contains(kept, own.TraceID().String()) || !strings.Contains(kept, own.SpanID().String()) {
		t.Errorf("kept %q of %v", kept, own)
	}
}

func TestADryRunIsToldFromTheRealThing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spans := b.traced()
	b.want(http.StatusOK, post, "/signup?dry_run=true", "", signUpBody("engines"), requestIDHeader, "rehearsed")
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), requestIDHeader, "real")
	for request, want := range map[string]any{"rehearsed": true, "real": nil} {
		if text, parts := b.line(request); parts["dry_run"] != want {
			t.Errorf("%s", text)
		}
	}
	var marked []bool
	for _, span := range spans.Ended() {
		marked = append(marked, slices.Contains(span.Attributes(), attribute.Bool("longhouse.dry_run", true)))
	}
	if !slices.Equal(marked, []bool{true, false}) {
		t.Errorf("the spans are marked %v", marked)
	}
}

func TestACallersTraceIsLinkedAndNotContinued(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spans := b.traced()
	const theirs = "0af7651916cd43dd8448eb211c80319c"
	b.want(http.StatusOK, get, "/regions", "", nil, "Traceparent", "00-"+theirs+"-b7ad6b7169203331-00") // not sampled, as they say
	b.want(http.StatusOK, get, "/regions", "", nil, "Traceparent", "00-nonsense")
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans", len(ended))
	}
	links := ended[0].Links()
	if len(links) != 1 || links[0].SpanContext.TraceID().String() != theirs || links[0].SpanContext.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("the span is linked to %v", links)
	}
	if ended[0].Parent().IsValid() || ended[0].SpanContext().TraceID().String() == theirs {
		t.Errorf("the span is part of the caller's trace")
	}
	if links := ended[1].Links(); len(links) != 0 {
		t.Errorf("nonsense is linked: %v", links)
	}
}
