package edge

import (
	"net/http"
	"strings"
)

// preferPrimary sends browsers to the workspace's primary host that come to another of its hosts, for now: it may have another one tomorrow.
// Programs go on under the name that they were set up with; their sessions belong to it.
func (g *gate) preferPrimary(x *exchange) decision {
	primary := x.route.PrimaryHost
	if primary == "" || primary == x.host || !browses(x.r) {
		return pass
	}
	port := ""
	if _, text, _ := strings.Cut(x.r.Host, ":"); text != "" {
		port = ":" + text
	}
	x.w.Header().Set("Location", x.scheme()+"://"+primary+port+x.r.URL.RequestURI())
	x.w.Header().Set("Vary", "Accept")
	return deny(toPrimary)
}

// browses reports whether somebody looks at a page, as far as the request tells.
func browses(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(r.URL.Path, "/api/") || isWebSocket(r) {
		return false
	}
	for _, accepted := range r.Header["Accept"] {
		if strings.Contains(accepted, "text/html") {
			return true
		}
	}
	return false
}
