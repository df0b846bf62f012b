package api

import (
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// signInLink keeps a sign-in link for the person it was made for: only a GET that somebody waits for uses it up. Link
// previews ask with HEAD, and browsers fetch ahead what may never be opened.
func (a *API) signInLink(w http.ResponseWriter, raw *http.Request) {
	ahead := fetchedAhead(raw.Header)
	if raw.Method == http.MethodGet && !ahead {
		a.signIn(w, raw)
		return
	}
	r := &Request{Request: raw, RequestID: id.New().String()}
	a.commonHeaders(w, r)
	w.Header().Set("Cache-Control", "no-store")
	if raw.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		a.fail(w, r, fault.New(http.StatusMethodNotAllowed, "longhouse.sign_in.method.app_error", "A sign-in link is opened with GET only."))
		return
	}
	front.Early(w, a.workspace(raw), raw.URL.RequestURI())
}

// fetchedAhead reports whether a browser or a program says that nobody has asked for the page yet. Sec-Purpose is the
// Fetch standard's header; the others are older ones for the same.
func fetchedAhead(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		said := strings.ToLower(h.Get(name))
		if strings.Contains(said, "prefetch") || strings.Contains(said, "prerender") || strings.Contains(said, "preview") {
			return true
		}
	}
	return false
}
