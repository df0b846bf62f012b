package api

import (
	_ "embed"
	"net/http"
	"regexp"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// protocol is every route of the protocol, as "T1 GET /path/{param}" lines; Appendix A of docs/workspace-api.md. It is
// searched only when a request found no route, so that it costs an idle server nothing.
//
//go:embed protocol.txt
var protocol string

// protocolRoute finds the protocol's route for a path, the one with the most literal parts.
func protocolRoute(method, path string) (pattern string, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	best := -1
	for line := range strings.Lines(protocol) {
		fields := strings.Fields(line)
		if len(fields) != 3 || (fields[1] != method && (fields[1] != http.MethodGet || method != http.MethodHead)) {
			continue
		}
		if n := literals(fields[2], parts); n > best {
			best, pattern = n, fields[2]
		}
	}
	return pattern, best >= 0
}

// literals counts the parts of the pattern that match the path letter by letter, -1 when it doesn't match.
func literals(pattern string, parts []string) (n int) {
	i := 0
	for want := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		if i >= len(parts) {
			return -1
		}
		switch {
		case strings.HasPrefix(want, "{") && parts[i] != "":
		case want == parts[i]:
			n++
		default:
			return -1
		}
		i++
	}
	if i != len(parts) {
		return -1
	}
	return n
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// rather501 corrects the answer where a route took a word for an id, such as /users/stats for /users/{user_id}: the
// word may be a route of the protocol that is not served yet.
func (a *API) rather501(r *Request, err error) error {
	if !fault.Is(err, "api.context.invalid_url_param.app_error") {
		return err
	}
	pattern, ok := protocolRoute(r.Method, strings.TrimPrefix(r.URL.Path, Prefix))
	served := strings.TrimPrefix(chi.RouteContext(r.Context()).RoutePattern(), Prefix)
	if ok && parameter.ReplaceAllString(pattern, "{}") != parameter.ReplaceAllString(served, "{}") {
		return fault.NotImplemented()
	}
	return err
}
