package api

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"
)

// FuzzFormParts: of a form there is an image, no larger than may be, and fields that are short; or it is refused.
func FuzzFormParts(f *testing.F) {
	part := func(name, content string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	const form = "multipart/form-data; boundary=b"
	for _, body := range []string{part("image", "content") + "--b--", part("emoji", `{"name":"oak"}`) + part("image", "\x89PNG") + "--b--", part("image", "twice") + part("image", "") + "--b--",
		part("image", "longer than is allowed here") + "--b--", part("image", "cut off"), "--b", ""} {
		f.Add(form, []byte(body))
	}
	f.Add("multipart/form-data", []byte("x"))
	f.Add("image/png", []byte("\x89PNG"))
	const most = 16
	f.Setenv("TMPDIR", "/dev/shm")
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := &Request{Request: httptest.NewRequestWithContext(t.Context(), "POST", "/", bytes.NewReader(body))}
		r.Header.Set("Content-Type", kind)
		kept, fields, err := formParts(r, most)
		if err != nil {
			return
		}
		picture, err := io.ReadAll(kept)
		_ = kept.Close()
		if err != nil || len(picture) > most || !bytes.Contains(body, picture) {
			t.Errorf("%q has the image %q", body, picture)
		}
		for name, value := range fields {
			if len(value) > 1024 {
				t.Errorf("%s has %d bytes", name, len(value))
			}
		}
	})
}
