package controlplane

import (
	"embed"
	"mime"
	"net/http"
	"path"

	"github.com/go-chi/chi/v5"
)

//go:embed page
var pages embed.FS

// pagePolicy lets a page load and call nothing but ourselves, and run no inline script or style.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// page serves one page for people. It keeps its session in its own memory, never in a cookie or in storage: then no other
// page can make a browser act with it, no script that gets in later finds it, and no CSRF token is needed. The price,
// signing in again after a reload, is small for a page that is used once.
func (s *Server) page(file string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { sendPage(w, file) }
}

func (s *Server) pageFile(w http.ResponseWriter, r *http.Request) {
	file := chi.URLParam(r, "file")
	if _, err := pages.Open("page/" + file); err != nil || path.Ext(file) == ".html" {
		s.router.NotFoundHandler()(w, r)
		return
	}
	sendPage(w, file)
}

func sendPage(w http.ResponseWriter, file string) {
	content, err := pages.ReadFile("page/" + file)
	if err != nil {
		panic(err) // embedded
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(file)))
	_, _ = w.Write(content)
}
