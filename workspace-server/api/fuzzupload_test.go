package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzUpload: what is uploaded, as a form or as the whole body, comes back as it was, or is refused; and no more is kept than was sent.
func FuzzUpload(f *testing.F) {
	part := func(disposition, content string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
	}
	channel, file := part(`name="channel_id"`, "{channel_id}"), part(`name="files"; filename="a.txt"`, "content")
	const form = "multipart/form-data; boundary=b"
	for _, body := range []string{channel + file + "--b--", file + channel + "--b--", channel + strings.Repeat(file, 11) + "--b--", strings.Repeat(channel, 50) + "--b--", channel + part(`name="client_ids"`, strings.Repeat("x", 2000)) + file + "--b--",
		channel + part(`name="files"; filename*=UTF-8''..%2f%00`, "x") + "--b--", channel + part(`name="files"; filename="a\"b.png"`, "\x89PNG\r\n\x1a\n") + "--b--", channel + file, "--b", "", channel + "--b\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=files; filename=q\r\n\r\n=41\r\n--b--"} {
		f.Add(form, "", []byte(body))
	}
	f.Add("application/octet-stream", "note.txt", []byte("content"))
	f.Add("multipart/form-data", "note.txt", []byte("content"))
	f.Add("multipart/mixed; boundary=b", "../x\u202e.png", []byte("\x89PNG\r\n\x1a\n"))
	f.Add("", "", []byte{})
	f.Setenv("TMPDIR", "/dev/shm") // in memory: each file is synced
	s := setupWithFiles(f)
	handler := s.api.Handler()
	ask := func(r *http.Request) *httptest.ResponseRecorder {
		r.Header.Set("Authorization", "Bearer "+s.member.token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	f.Fuzz(func(t *testing.T, kind, name string, body []byte) {
		body = bytes.ReplaceAll(body, []byte("{channel_id}"), []byte(s.public.ID.String()))
		query := ""
		if name != "" {
			query = "?" + url.Values{"channel_id": {s.public.ID.String()}, "filename": {name}}.Encode()
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, api.Prefix+"/files"+query, bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := ask(r)
		var kept wire.FileUploadResponse
		if w.Code != http.StatusCreated {
			if e := (answer{w.Code, w.Header(), w.Body.Bytes()}).error(); w.Code/100 != 4 || e.ID == "" || e.StatusCode != w.Code {
				t.Errorf("%q, %q, %q answers %d %s", kind, name, body, w.Code, w.Body)
			}
			return
		}
		if err := json.Unmarshal(w.Body.Bytes(), &kept); err != nil || len(kept.FileInfos) == 0 || len(kept.FileInfos) > 10 {
			t.Fatalf("%q answers %s, %v", body, w.Body, err)
		}
		size := int64(0)
		for _, info := range kept.FileInfos {
			got := ask(httptest.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/files/%s", api.Prefix, info.ID), nil))
			if got.Code != http.StatusOK || int64(got.Body.Len()) != info.Size || !bytes.Contains(body, got.Body.Bytes()) {
				t.Errorf("%q of %q comes back as %d, %d bytes of %d", info.Name, body, got.Code, got.Body.Len(), info.Size)
			}
			size += info.Size
		}
		if size > int64(len(body)) {
			t.Errorf("%d bytes are kept of %q", size, body)
		}
	})
}
