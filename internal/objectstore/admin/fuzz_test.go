package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// FuzzAnswer: an answer of the store is taken whole or not at all, is a conflict only where its status says so, and of no key only where it is the store that says so.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`[{"name":"files","owner":"one","key":"two"}]`, `["a","b"]`, `{"error":"it is full"}`, `{"error":""}`, `[]{}`, "null", "", "<html>", strings.Repeat("[", 20_000)} {
		f.Add(200, []byte(body))
		f.Add(409, []byte(body))
		f.Add(404, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, into := range []any{new([]Bucket), new([]string), nil} {
			err := take(status, bytes.NewReader(body), into)
			if success := status/100 == 2; success && err == nil && into != nil && !json.Valid(body) || !success && err == nil || errors.Is(err, ErrConflict) != (status == 409) {
				t.Errorf("%d %q: %v", status, body, err)
			}
			if errors.Is(err, ErrNoKey) && (status != 404 || !json.Valid(body)) {
				t.Errorf("%d %q is taken for a key that is gone", status, body)
			}
		}
	})
}
