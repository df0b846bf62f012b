package api_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// get downloads with further headers.
func (s *shelf) get(path string, header ...string) answer {
	s.t.Helper()
	return s.follow(http.MethodGet, s.url+api.Prefix+path, append(header, "Authorization", "Bearer "+s.member.token)...)
}

func TestAPartOfAFileIsDownloaded(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?channel_id="+s.public.ID.String()+"&filename=digits.txt", []byte("0123456789")).FileInfos[0]
	at := "/files/" + file.ID.String()
	whole := s.get(at)
	tag, date := whole.header.Get("Etag"), whole.header.Get("Last-Modified")
	before := time.UnixMilli(file.CreateAt).Add(-time.Hour).UTC().Format(http.TimeFormat)
	if whole.status != http.StatusOK || whole.header.Get("Accept-Ranges") != "bytes" || whole.header.Get("Content-Length") != "10" || tag == "" || date == "" {
		t.Fatalf("the whole comes as %d %v", whole.status, whole.header)
	}
	for _, c := range []struct {
		headers []string
		status  int
		body    string
		part    string
	}{
		{[]string{"Range", "bytes=3-5"}, 206, "345", "bytes 3-5/10"},
		{[]string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-2"}, 206, "89", "bytes 8-9/10"},
		{[]string{"Range", "bytes=0-99"}, 206, "0123456789", "bytes 0-9/10"},
		{[]string{"Range", "bytes=10-"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=5-3"}, 416, "", ""},
		{[]string{"Range", "lines=1-2"}, 416, "", ""},
		{[]string{"Range", "bytes=3-5", "If-Range", tag}, 206, "345", "bytes 3-5/10"},
		{[]string{"Range", "bytes=3-5", "If-Range", date}, 206, "345", "bytes 3-5/10"},
		{[]string{"Range", "bytes=3-5", "If-Range", `"another"`}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=3-5", "If-Range", before}, 200, "0123456789", ""},
		{[]string{"If-None-Match", tag}, 304, "", ""},
		{[]string{"If-Modified-Since", date}, 304, "", ""},
		{[]string{"Range", "bytes=0-0" + strings.Repeat(",0-0", 20)}, 200, "0123456789", ""},
	} {
		got := s.get(at, c.headers...)
		if got.status != c.status || c.status < 400 && string(got.body) != c.body || got.header.Get("Content-Range") != c.part {
			t.Errorf("%q answers %d %q %q, want %d %q %q", c.headers, got.status, got.body, got.header.Get("Content-Range"), c.status, c.body, c.part)
		}
	}
	several := s.get(at, "Range", "bytes=0-1,8-9")
	_, params, err := mime.ParseMediaType(several.header.Get("Content-Type"))
	if err != nil || several.status != http.StatusPartialContent {
		t.Fatalf("two parts come as %d %v (%v)", several.status, several.header, err)
	}
	parts := multipart.NewReader(strings.NewReader(string(several.body)), params["boundary"])
	for _, want := range []string{"01", "89"} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(part); string(got) != want || part.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("a part is %q of %v", got, part.Header)
		}
	}
}

// Who asks for very many parts has the bucket asked once, and not for each.
func TestManyRangesCostNoMoreThanTheWhole(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	var asked atomic.Int32
	to, _ := url.Parse(s.bucket.Endpoint)
	between := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		asked.Add(1)
		r.SetURL(to)
		r.Out.Host = r.In.Host // which is signed
	}})
	t.Cleanup(between.Close)
	through := s.bucket
	through.Endpoint = between.URL
	content := make([]byte, 5000)
	file := must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?channel_id="+s.public.ID.String()+"&filename=zeros.bin", content).FileInfos[0]
	s.api.Files = files.NewVault(s.api.DB, clock.System, func() int64 { return 1 << 20 }, through, nil)
	var ranges strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&ranges, ",%d-%d", i*2, i*2)
	}
	got := s.get("/files/"+file.ID.String(), "Range", "bytes="+ranges.String()[1:])
	if got.status != http.StatusOK || len(got.body) != len(content) || asked.Load() > 2 {
		t.Errorf("2000 parts answer %d with %d bytes, for %d requests to the bucket", got.status, len(got.body), asked.Load())
	}
}

func TestNamesOfFilesReachNoFolderAndNoHeader(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "/": "", "..": "", ".": "", "": "", "a/": "a", "C:\\x\\y.doc": "y.doc", "a\r\nSet-Cookie: x=1.txt": "aSet-Cookie: x=1.txt",
		"a\x00b.txt": "ab.txt", "\u202egpj.exe": "gpj.exe", `a"; filename="b.html`: `a"; filename="b.html`, "..%2f..%2fx.txt": "..%2f..%2fx.txt", strings.Repeat("x", 256): "",
		"\u00e4\u4e2d\U0001f600;'*.txt": "\u00e4\u4e2d\U0001f600;'*.txt", "~root": "~root", "con": "con", ".htaccess": ".htaccess",
	} {
		got := s.call(s.member, http.MethodPost, "/files?"+url.Values{"channel_id": {s.public.ID.String()}, "filename": {sent}}.Encode(), []byte("content"))
		if want == "" {
			if got.status != http.StatusBadRequest || got.error().ID == "" {
				t.Errorf("%q: %d %s", sent, got.status, got.body)
			}
			continue
		}
		info := must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?"+url.Values{"channel_id": {s.public.ID.String()}, "filename": {sent}}.Encode(), []byte("content")).FileInfos[0]
		back := s.get("/files/" + info.ID.String())
		_, params, err := mime.ParseMediaType(back.header.Get("Content-Disposition"))
		if info.Name != want || err != nil || params["filename"] != want || back.header.Get("Set-Cookie") != "" || string(back.body) != "content" {
			t.Errorf("%q became %q, and comes back as %v %s (%v)", sent, info.Name, back.header, back.body, err)
		}
	}
}
