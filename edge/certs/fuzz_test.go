package certs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

// Whatever the control plane answers comes to one of the errors that somebody branches on, to keys under the path that was asked for, or
// to a sentence that fits into a line of the log.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"keys":["a/b","a/c/d","e"]}`, `{"key":"a","size":1,"final":true}`, `{"detail":"no workspace"}`, "null", "<html>", ""} {
		for _, status := range []int{200, 204, 302, 401, 403, 404, 409, 422, 503} {
			f.Add(status, []byte(seed))
		}
	}
	file := token(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		s := newShared("http://control.test", file)
		s.client.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		if list, err := s.List(t.Context(), "a", true); err == nil {
			for _, key := range list {
				if !strings.HasPrefix(key, "a/") {
					t.Fatalf("%q is not under a", key)
				}
			}
		} else {
			one(t, err)
		}
		if _, err := s.Stat(t.Context(), "a"); err != nil {
			one(t, err)
		}
		value, err := s.Load(t.Context(), "a")
		if (err == nil) != (status/100 == 2) || err == nil && !bytes.Equal(value, body) {
			t.Fatalf("%d: %q, %v", status, value, err)
		}
	})
}

func one(t *testing.T, err error) {
	t.Helper()
	no := refused("")
	if !errors.Is(err, errControl) && !errors.Is(err, errHeld) && !errors.Is(err, fs.ErrNotExist) && (!errors.As(err, &no) || len(no) > 1500) {
		t.Fatalf("err = %v", err)
	}
}
