package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
)

const (
	bodyMost  = 64 << 10
	depthMost = 16
	// bodyWithin is how long a body may take to arrive.
	bodyWithin = 10 * time.Second
)

// bodyKinds are the content types that are read. A body without one is taken for JSON.
var bodyKinds = []string{"application/json", ""}

const wrongKind = "the body's content type is not one that this API reads; allowed is application/json"

// bodyProperties is the key of an operation's metadata under which the names are that its body may have.
const bodyProperties = "body-properties"

// takeBody reads the body and puts it back for whoever decodes it, once it is sure to be small, shallow, well-formed JSON.
func (s *Server) takeBody(w http.ResponseWriter, r *http.Request, op *huma.Operation) ([]byte, error) {
	ctx := r.Context()
	body, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return body, nil
	}
	if op.RequestBody == nil {
		return nil, problem(ctx, http.StatusBadRequest, "this operation takes no body; leave it out")
	}
	if len(r.Header.Values("Content-Type")) > 1 {
		return nil, problem(ctx, http.StatusUnsupportedMediaType, "the header Content-Type is there twice; send it once")
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !slices.Contains(bodyKinds, strings.ToLower(strings.TrimSpace(kind))) {
		return nil, problem(ctx, http.StatusUnsupportedMediaType, wrongKind)
	}
	r.Header.Set("Content-Type", bodyKinds[0]) // whoever decodes it minds capitals
	if err := strictjson.Check(body, depthMost); err != nil {
		return nil, problem(ctx, http.StatusBadRequest, err.Error(), Fault{Location: "body", Message: err.Error()})
	}
	return body, nil
}

// readBody reads a body that is small and comes in time. Who is too slow loses the connection.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	ctx, control := r.Context(), http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.bodyWithin)) // a recorder of a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMost))
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case err == nil:
		_ = control.SetReadDeadline(time.Time{}) // or it would end what goes on for longer
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, problem(ctx, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the %d bytes that are allowed", bodyMost))
	case errors.Is(err, os.ErrDeadlineExceeded):
		p := problem(ctx, http.StatusRequestTimeout, fmt.Sprintf("the body was not there after %s; send it faster", s.bodyWithin))
		p.header.Set("Connection", "close")
		return nil, p
	}
	return nil, problem(ctx, http.StatusBadRequest, "the body ended before it was complete")
}
