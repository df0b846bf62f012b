package edge

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
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
	// What begins with two slashes goes on as a path only; written as anything else it would name a host.
	return path, !strings.HasPrefix(path, "//") || path == r.URL.EscapedPath()
}

// plainMethod reports whether the method is a token, as the name of a field is. Over HTTP/2 net/http takes any bytes.
func plainMethod(r *http.Request) bool { return httpguts.ValidHeaderFieldName(r.Method) }

// plainTarget reports whether the target fits into a request line, with nothing behind it. Over HTTP/2 it is a path and no more.
func plainTarget(r *http.Request) bool {
	for i := range len(r.RequestURI) {
		if c := r.RequestURI[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return r.ProtoMajor < 2 || strings.HasPrefix(r.RequestURI, "/")
}

// oneHost reports whether all that names the host is of one mind. Over HTTP/1 net/http takes the Host field away, and an
// absolute target outweighs it.
func oneHost(r *http.Request) bool {
	named := r.Header["Host"]
	return len(named) == 0 || len(named) == 1 && strings.EqualFold(named[0], r.Host)
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
