package provisioner

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// TestEveryLineOnAnOperationSaysWhatItIsFoundBy: by the operation, by whose it is, and by the request that asked for it.
func TestEveryLineOnAnOperationSaysWhatItIsFoundBy(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ctx, span := sdktrace.NewTracerProvider().Tracer("test").Start(tenants.WithRequestID(t.Context(), "req_of_sign_up"), "sign-up")
	_, done := r.signUp(ctx)
	fails := true
	r.when("do two", func(context.Context, *Run) error {
		if fails {
			return errBadLuck
		}
		return nil
	})
	said := &bytes.Buffer{}
	e := r.engine("a", time.Minute)
	e.log, e.plans[tenants.KindProvision] = slog.New(slog.NewJSONHandler(said, nil)), e.plans[tenants.KindPrepare]
	r.must(e.Work(t.Context(), done.Operation.ID)) // "step failed"
	r.die(done.Operation.ID, "somebody", 1)
	r.set(done.Operation.ID, "lease_until = clock_timestamp()")
	r.must(e.freeLeases(t.Context())) // "a worker died with an operation"
	r.set(done.Operation.ID, "attempts = 10")
	r.must(e.tellStuck(t.Context())) // "operation is stuck"
	fails = false
	r.finish(e, done.Operation.ID) // "operation over"
	want := map[string]any{"operation": id.Show(id.Operation, done.Operation.ID), "tenant": id.Show(id.Tenant, done.Tenant.ID),
		"workspace": id.Show(id.Workspace, done.Workspace.ID), "request": "req_of_sign_up", "trace": span.SpanContext().TraceID().String()}
	messages := map[string]bool{}
	for lines := json.NewDecoder(said); lines.More(); {
		var line map[string]any
		r.must(lines.Decode(&line))
		messages[line["msg"].(string)] = true
		for key, value := range want {
			if line[key] != value {
				t.Errorf("%s is %v, want %v: %v", key, line[key], value, line)
			}
		}
	}
	for _, message := range []string{"step failed", "a worker died with an operation", "operation is stuck", "operation over"} {
		if !messages[message] {
			t.Errorf("nobody said %q", message)
		}
	}
}
