package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const bodyMost = 64 << 10

// bodyKinds are the content types that are read. A body without one is taken for JSON.
var bodyKinds = []string{"application/json", ""}

const wrongKind = "the body's content type is not one that this API reads; allowed is application/json"

// bodyProperties is the key of an operation's metadata under which the names are that its body may have.
const bodyProperties = "body-properties"

// takeBody reads the body and puts it back for whoever decodes it, once it is sure to be small, shallow, well-formed JSON.
func takeBody(w http.ResponseWriter, r *http.Request, op *huma.Operation) ([]byte, error) {
	ctx := r.Context()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMost))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, problem(ctx, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the %d bytes that are allowed", bodyMost))
	}
	if err != nil {
		return nil, problem(ctx, http.StatusBadRequest, "the body ended before it was complete")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return body, nil
	}
	if op.RequestBody == nil {
		return nil, problem(ctx, http.StatusBadRequest, "this operation takes no body; leave it out")
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !slices.Contains(bodyKinds, strings.ToLower(strings.TrimSpace(kind))) {
		return nil, problem(ctx, http.StatusUnsupportedMediaType, wrongKind)
	}
	r.Header.Set("Content-Type", bodyKinds[0]) // whoever decodes it minds capitals
	if err := checkJSON(body); err != nil {
		return nil, problem(ctx, http.StatusBadRequest, err.Error(), Fault{Location: "body", Message: err.Error()})
	}
	return body, nil
}
