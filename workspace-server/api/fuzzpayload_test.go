package api

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"testing"
)

// FuzzPayload: a payload comes out of a form, of either kind, as it went in; and what is no form is its own.
func FuzzPayload(f *testing.F) {
	f.Add("application/json", []byte(`{"text":"x"}`))
	f.Add("application/x-www-form-urlencoded", []byte("payload=%7B%22text%22%3A%22x%22%7D&token=x"))
	f.Add("application/x-www-form-urlencoded", []byte("%zz"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{}\r\n--b--"))
	f.Add("multipart/form-data", []byte("--b"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		read := func(kind string, body []byte) ([]byte, error) {
			r := &Request{Request: httptest.NewRequestWithContext(t.Context(), "POST", "/", nil), body: body}
			r.Header.Set("Content-Type", kind)
			return payload(r)
		}
		if got, err := read(kind, body); err == nil && len(got) > len(body) {
			t.Errorf("%q as %q has %q", body, kind, got)
		}
		form := url.Values{"payload": {string(body)}, "token": {"x"}}.Encode()
		if got, err := read("application/x-www-form-urlencoded", []byte(form)); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%q came back as %q (%v)", body, got, err)
		}
		if got, err := read("text/plain", body); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%q is %q (%v)", body, got, err)
		}
	})
}
