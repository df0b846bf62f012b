package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// The operation's metadata under which a stream is known: it may last longer than a request.
const streams = "streams"

// stream fits a function that answers with a stream of this content type into a row.
func stream[I any](kind string, serve func(context.Context, *I) (*huma.StreamResponse, error)) registrar {
	return func(api huma.API, op huma.Operation) {
		op.Metadata[streams] = true
		op.Responses = map[string]*huma.Response{"200": {Description: "A stream",
			Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: "string"}}}}}
		call(serve)(api, op)
	}
}

// follow is one stream of an operation's progress.
type follow struct {
	server    *Server
	operation uuid.UUID
	changed   <-chan struct{}
	allowed   func(context.Context) error // nil where the caller may still see it
	out       http.ResponseWriter
	last      []byte
}

// operationEvents streams an operation: as it is now, at each change, and at its end, with which the stream ends. A
// comment comes now and then, so that nobody takes the line for dead.
func (s *Server) operationEvents(ctx context.Context, in *OperationIn) (*huma.StreamResponse, error) {
	operation, err := parsePath(ctx, id.Operation, "operation", in.Operation)
	if err != nil {
		return nil, err
	}
	changed, leave := s.audience.join(operation, principal(ctx).Name())
	if changed == nil {
		return nil, problem(ctx, http.StatusTooManyRequests, fmt.Sprintf("you follow %d operations already, which is the most at a time; end one", seatsMost))
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		_, w := humachi.Unwrap(hc)
		hc.SetHeader("Content-Type", "text/event-stream")
		hc.SetHeader("X-Accel-Buffering", "no")
		f := follow{server: s, operation: operation, changed: changed, allowed: recheck(ctx), out: w}
		f.run(ctx)
	}}, nil
}

// run returns when the operation is over, or either side is gone.
func (f *follow) run(ctx context.Context) {
	beat := time.NewTicker(f.server.heartbeat)
	defer beat.Stop()
	_ = http.NewResponseController(f.out).SetReadDeadline(time.Time{}) // a stream outlives the server's time for a request
	for {
		over, err := f.show(ctx)
		if err != nil || over {
			return
		}
		select {
		case <-ctx.Done():
			return
		case _, alive := <-f.changed:
			if !alive {
				return
			}
		case <-beat.C:
			if f.allowed(ctx) != nil || f.write([]byte(": still here\n\n")) != nil {
				return
			}
		}
	}
}

// show sends the operation if it is not as it was last sent.
func (f *follow) show(ctx context.Context) (over bool, err error) {
	op, err := f.server.store.Operation(ctx, f.operation)
	if err != nil {
		noteFailure(ctx, err)
		return false, err
	}
	shown, err := f.server.withEstimate(ctx, op)
	if err != nil {
		noteFailure(ctx, err)
		return false, err
	}
	over = tenants.Progress(shown.State).Over()
	estimate := shown.Estimate
	shown.Estimate = nil // moves with the clock, and is no news
	bare, err := json.Marshal(shown)
	if err != nil || bytes.Equal(bare, f.last) {
		return over, err
	}
	f.last, shown.Estimate = bare, estimate
	data, err := json.Marshal(shown)
	if err != nil {
		return over, fmt.Errorf("encode an operation: %w", err)
	}
	return over, f.write(fmt.Appendf(nil, "event: progress\ndata: %s\n\n", data))
}

func (f *follow) write(data []byte) error {
	control := http.NewResponseController(f.out)
	_ = control.SetWriteDeadline(time.Now().Add(lineTime))
	if _, err := f.out.Write(data); err != nil {
		return err
	}
	return control.Flush()
}

type recheckKey struct{}

// recheck returns what tells whether the caller of a stream may still have what it was let in for.
func recheck(ctx context.Context) func(context.Context) error {
	check, _ := ctx.Value(recheckKey{}).(func(context.Context) error)
	return check
}
