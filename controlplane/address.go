package controlplane

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// strictAddress refuses an address that others could read otherwise than we do, or whose bytes no identifier has and no database
// stores. What is passed over in silence may be what mattered: `?dry_run=true;` must not do the real thing.
func strictAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := wrongAddress(r); p != nil {
			writeProblem(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// wrongAddress returns nil where nothing is wrong.
func wrongAddress(r *http.Request) *Problem {
	ctx, bad := r.Context(), http.StatusBadRequest
	notText := problem(ctx, bad, "the address is not valid UTF-8 text, or has the character U+0000 in it")
	query, err := url.ParseQuery(r.URL.RawQuery)
	switch {
	case !storable(r.URL.Path):
		return notText
	case r.URL.RawPath != "":
		return problem(ctx, bad, "the path is escaped otherwise than it has to be; write identifiers and names in it as they are")
	case err != nil:
		return problem(ctx, bad, "the query is not readable: parameters are name=value with & between them, and % begins an escape")
	}
	for name, values := range query {
		if !storable(name) || slices.ContainsFunc(values, func(v string) bool { return !storable(v) }) {
			return notText
		}
		if len(values) > 1 {
			const message = "is there more than once; each parameter is allowed once"
			return problem(ctx, http.StatusUnprocessableEntity, fmt.Sprintf("the query parameter %.40q %s", name, message), Fault{Location: "query", Message: message})
		}
	}
	return nil
}

func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
