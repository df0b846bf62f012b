package edge

import (
	"net/http"
	"net/url"
	"strings"
)

// maxHeaderFields is far above what any browser or proxy sends.
const maxHeaderFields = 200

// targetIn returns the path of the request exactly as the client wrote it: dot segments, doubled slashes and escapes are
// the instance's to understand. Of a target that can't be passed on as it is ok is false.
func targetIn(r *http.Request) (path string, ok bool) {
	if !strings.HasPrefix(r.RequestURI, "/") { // absolute form: what net/http made of it is what it says
		return r.URL.EscapedPath(), true
	}
	path, _, _ = strings.Cut(r.RequestURI, "?")
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c == 0x7f || c == '#' {
			return "", false
		}
	}
	// What begins with two slashes goes on as a path only; written as anything else it would name a host.
	return path, !strings.HasPrefix(path, "//") || path == r.URL.EscapedPath()
}

// passTarget makes out ask for just what the client asked for.
func (x *exchange) passTarget(out *url.URL) {
	out.Scheme, out.Host = "http", x.host
	out.RawQuery, out.ForceQuery = x.r.URL.RawQuery, x.r.URL.ForceQuery
	if path, ok := targetIn(x.r); ok && path != out.EscapedPath() {
		out.Opaque = path
	}
}

func tooManyFields(h http.Header) bool {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n > maxHeaderFields
}
