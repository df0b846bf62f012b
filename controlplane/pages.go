package controlplane

import (
	"embed"
	"html/template"
	"net/http"
	"path"

	"github.com/go-chi/chi/v5"
)

//go:embed page
var pages embed.FS

// pagePolicy lets a page load and call nothing but ourselves, and run no inline script or style.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

var templates = template.Must(template.ParseFS(pages, "page/*.html"))

// page serves one page for people. It keeps its session in its own memory, never in a cookie or in storage: then no other
// page can make a browser act with it, no script that gets in later finds it, and no CSRF token is needed. The price,
// signing in again after a reload, is small for a page that is used once.
func (s *Server) page(file string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := templates.ExecuteTemplate(w, file, struct{ BaseDomain string }{s.store.BaseDomain()}); err != nil {
			noteFailure(r.Context(), err)
		}
	}
}

// pageFiles is what the pages load, with its content type.
var pageFiles = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
}

func (s *Server) pageFile(w http.ResponseWriter, r *http.Request) {
	file := chi.URLParam(r, "file")
	kind, known := pageFiles[path.Ext(file)]
	content, err := pages.ReadFile("page/" + file)
	if err != nil || !known {
		s.router.NotFoundHandler()(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(content)
}
