package api

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// FuzzMoreOf: what is taken for more of an upload was sent as that, in its order, or the request is refused.
func FuzzMoreOf(f *testing.F) {
	const form = "multipart/form-data; boundary=b"
	for _, body := range []string{"--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"x\"\r\n\r\ncontent\r\n--b--", "--b\r\n\r\n\r\n--b--", "--b\r\n\r\ncut off", "--b--", "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n====\r\n--b--", ""} {
		f.Add(form, []byte(body))
	}
	f.Add("multipart/form-data", []byte("--b"))
	f.Add("", []byte("content"))
	f.Add("image/png", []byte("longer than the upload lacks"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := &Request{Request: httptest.NewRequestWithContext(t.Context(), "POST", "/", bytes.NewReader(body)), Upload: dbsql.Upload{FileSize: 16, FileOffset: 4}}
		r.Header.Set("Content-Type", kind)
		content, err := (&API{}).moreOf(r)
		if err != nil {
			return
		}
		more, _ := io.ReadAll(content)
		if content == r.Body && (len(body) > 12 || !bytes.Equal(more, body)) || !bytes.Contains(body, more) {
			t.Errorf("of %s %q comes %q", kind, body, more)
		}
	})
}
