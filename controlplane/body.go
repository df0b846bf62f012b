package controlplane

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

const (
	bodyMost  = 64 << 10
	depthMost = 16
)

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
	if err := checkJSON(body); err != nil {
		return nil, problem(ctx, http.StatusBadRequest, err.Error(), Fault{Location: "body", Message: err.Error()})
	}
	return body, nil
}

// checkJSON refuses what a decoder would repair, or a database could not store.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8 text")
	}
	tokens, depth := json.NewDecoder(bytes.NewReader(body)), 0
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) && json.Valid(body) { // one value, and nothing after it
			return nil
		}
		if err != nil {
			return fmt.Errorf("the body is not valid JSON; it goes wrong after %d bytes", tokens.InputOffset())
		}
		switch t := token.(type) {
		case json.Delim:
			if depth += nesting(t); depth > depthMost {
				return fmt.Errorf("the body nests more than the %d levels that are allowed", depthMost)
			}
		case string:
			if strings.ContainsRune(t, 0) {
				return errors.New("the body has a text with the character U+0000 in it, which is not allowed")
			}
		}
	}
}

func nesting(d json.Delim) int {
	if d == '{' || d == '[' {
		return 1
	}
	return -1
}
