package api_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// bomb is a small PNG of very many pixels, all of one colour.
func bomb(side uint32) []byte {
	var out, pixels bytes.Buffer
	chunk := func(kind string, data []byte) {
		_ = binary.Write(&out, binary.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		out.Write(body)
		_ = binary.Write(&out, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side), 1, 0, 0, 0, 0)) // a bit for each pixel
	w := zlib.NewWriter(&pixels)
	line := make([]byte, 1+min(side, 20_000)/8)
	for range min(side, 20_000) {
		_, _ = w.Write(line)
	}
	_ = w.Close()
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}

// An image that would fill the memory is a file like any other, and nobody draws it.
func TestImagesThatUnfoldAreNotDrawn(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	for name, content := range map[string][]byte{"large.png": bomb(20_000), "larger.png": bomb(1 << 30), "cut.png": bomb(20_000)[:40], "no.png": []byte("<script>alert(1)</script>"),
		"drawing.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>`)} {
		if len(content) > 1<<19 {
			t.Fatalf("%s has %d bytes", name, len(content))
		}
		info := must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?channel_id="+s.public.ID.String()+"&filename="+name, content).FileInfos[0]
		for _, smaller := range []string{"/thumbnail", "/preview"} {
			if got := s.get("/files/" + info.ID.String() + smaller); info.HasPreviewImage || got.status != http.StatusBadRequest || got.error().ID != "api.file.get_file_preview.no_preview.app_error" {
				t.Errorf("%s of %s is %d %s", smaller, name, got.status, got.body)
			}
		}
		if got := s.get("/files/" + info.ID.String()); !bytes.Equal(got.body, content) {
			t.Errorf("%s comes back as %d bytes", name, len(got.body))
		}
		for _, put := range []string{"/users/me/image", "/emoji"} {
			if got := s.upForm(put, content); got.status < 400 || got.status > 499 {
				t.Errorf("%s takes %s with %d %s", put, name, got.status, got.body)
			}
		}
	}
}

// upForm sends an image as clients send pictures.
func (s *shelf) upForm(path string, content []byte) answer {
	s.t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"emoji\"\r\n\r\n{\"name\":\"oak\",\"creator_id\":\"" + s.member.id.String() + "\"}\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.png\"\r\n\r\n" + string(content) + "\r\n--b--"
	request, _ := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/api/v4"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+s.member.token)
	request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	return s.send(request)
}

// What a browser could run is never shown in the workspace's origin, whatever its sender says that it is, and by whichever way it comes.
func TestWhatCouldRunIsOnlyDownloaded(t *testing.T) {
	t.Parallel()
	s := setupWithLinks(t)
	for name, content := range map[string]string{"page.html": "<script>alert(1)</script>", "page.xhtml": `<html xmlns="http://www.w3.org/1999/xhtml"/>`, "image.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"noname": "<html><script>alert(1)</script>", "script.js": "alert(1)", "module.mjs": "alert(1)", "feed.xml": `<?xml version="1.0"?><x/>`, "style.css": "x{}", "mail.mht": "x", "x.swf": "FWS", "x.wasm": "\x00asm", "x.htm.": "<script>"} {
		post := s.disguise(name, content)
		file := post.FileIDs[0].String()
		for _, got := range []answer{s.get("/files/" + file), s.get("/files/" + file + "?download=0"), s.get("/files/"+file, "Range", "bytes=0-1"), s.follow(http.MethodGet, s.link(s.member, post.FileIDs[0]))} {
			h := got.header
			shown := h.Get("Content-Type")
			if got.status >= 300 || shown != "application/octet-stream" && shown != "text/plain" || shown != "text/plain" && !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s comes as %d %v", name, got.status, h)
			}
		}
	}
}

// disguise posts a file whose sender says that it is a picture.
func (s *shelf) disguise(name, content string) wire.Post {
	s.t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"channel_id\"\r\n\r\n" + s.public.ID.String() + "\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name +
		"\"\r\nContent-Type: image/png\r\n\r\n" + content + "\r\n--b--"
	request, _ := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/api/v4/files", strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+s.member.token)
	request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	var up wire.FileUploadResponse
	if got := s.send(request); json.Unmarshal(got.body, &up) != nil || len(up.FileInfos) != 1 {
		s.t.Fatalf("%s: %d %s", name, got.status, got.body)
	}
	return must[wire.Post](s.bundle, s.member, http.MethodPost, "/posts", map[string]any{"channel_id": s.public.ID, "message": "see", "file_ids": []id.ID{up.FileInfos[0].ID}})
}
