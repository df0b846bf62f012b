package front

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed files
var files embed.FS

// FilesPath is where the pages' files are served, one segment below.
const FilesPath = "/longhouse/page/"

var kinds = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// File serves what the pages load, and reports whether there is such a file. Browsers keep it and ask each time whether
// it is still the same: a page and its files are never of two releases.
func File(w http.ResponseWriter, r *http.Request, name string) bool {
	content, err := files.ReadFile("files/" + name)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(content)
	h := w.Header()
	h.Set("Content-Type", kinds[path.Ext(name)])
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	h.Del("Expires")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	return true
}
