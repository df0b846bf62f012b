package controlplane

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/longhouse-dev/longhouse/internal/guard"
)

// search is an answer that may take longer to find than a request may last.
type search[T any] struct {
	// find returns what was found, also where it could not go on and there is an error.
	find func(context.Context) (T, error)
	end  func() // is called when nobody waits for it any more
}

// searching fits a function that answers with a search into a row. Until the answer is there a line end comes now and then, which
// JSON may begin with, so that nobody takes the line for dead.
func searching[I, T any](s *Server, serve func(context.Context, *I) (search[T], error)) registrar {
	return func(api huma.API, op huma.Operation) {
		op.Metadata[streams] = true
		op.Responses = map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK),
			Content: map[string]*huma.MediaType{"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")}}}}
		call(func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
			what, err := serve(ctx, in)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				defer what.end()
				_, w := humachi.Unwrap(hc)
				answerLate(ctx, w, s.heartbeat, recheck(ctx), what.find)
			}}, nil
		})(api, op)
	}
}

// answerLate returns when the answer is out, or nobody waits for it, or may have it, any more. Once the first line end is out, an
// error can't be told as such: what was found until then is the answer.
func answerLate[T any](ctx context.Context, w http.ResponseWriter, beat time.Duration, allowed func(context.Context) error, find func(context.Context) (T, error)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var value *T // nil: the search broke down
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		failed = guard.Call(func() error {
			found, err := find(ctx)
			value = &found
			return err
		})
	}()
	defer func() { cancel(); <-done }() // it uses what ends with the request
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	still := time.NewTicker(beat)
	defer still.Stop()
	for begun := false; ; begun = true {
		select {
		case <-done:
			if failed != nil && !begun {
				writeProblem(w, problemOf(ctx, failed))
				return
			}
			if failed != nil {
				noteFailure(ctx, failed)
			}
			if value != nil {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(patient{w}).Encode(value) // nobody is left to tell
			}
			return
		case <-still.C:
			w.Header().Set("Content-Type", "application/json")
			if _, err := (patient{w}).Write([]byte("\n")); err != nil || allowed(ctx) != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
}
