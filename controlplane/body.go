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

// bodyRoom is the key of an operation's metadata under which stands how many bytes its body may have, where that is not bodyMost.
const bodyRoom = "body-room"

// roomy lets the body of an operation have more bytes than others.
func roomy(most int64, register registrar) registrar {
	return func(api huma.API, op huma.Operation) {
		op.Metadata[bodyRoom], op.MaxBodyBytes = most, most
		register(api, op)
	}
}

// takeBody reads the body and puts it back for whoever decodes it, once it is sure to be small, shallow, well-formed JSON.
func (s *Server) takeBody(w http.ResponseWriter, r *http.Request, op *huma.Operation) ([]byte, error) {
	ctx := r.Context()
	most, roomy := op.Metadata[bodyRoom].(int64)
	if !roomy {
		most = bodyMost
	}
	body, err := s.readBody(w, r, most)
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
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	ctx, control := r.Context(), http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.bodyWithin)) // a recorder of a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case err == nil:
		_ = control.SetReadDeadline(time.Time{}) // or it would end what goes on for longer
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, problem(ctx, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the %d bytes that are allowed", most))
	case errors.Is(err, os.ErrDeadlineExceeded):
		p := problem(ctx, http.StatusRequestTimeout, fmt.Sprintf("the body was not there after %s; send it faster", s.bodyWithin))
		p.header.Set("Connection", "close")
		return nil, p
	}
	return nil, problem(ctx, http.StatusBadRequest, "the body ended before it was complete")
}
