package api

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

const pageFrame = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%[1]s</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
</head><body><h1>%[1]s</h1>%[2]s</body></html>
`

func writePage(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, pageFrame, html.EscapeString(title), body)
}

// home says that the workspace is there, until the web client stands in its place.
func (a *API) home(w http.ResponseWriter, raw *http.Request) {
	r := &Request{Request: raw, RequestID: id.New().String()}
	a.commonHeaders(w, r)
	if err := a.authenticate(r); err != nil {
		a.fail(w, r, err)
		return
	}
	site := "http://" + raw.Host
	if a.Settings.SiteURL != nil {
		site = a.Settings.SiteURL.String()
	}
	body := "<p>The workspace is running. Connect a Mattermost client (desktop, mobile or command line) to <code>" + html.EscapeString(site) + "</code>.</p>"
	if r.SignedIn() {
		body += "<p>You are signed in as <strong>" + html.EscapeString(r.User.Username) + "</strong>.</p>"
	}
	writePage(w, http.StatusOK, a.Settings.SiteName, body)
}

// signIn opens a session for who comes with a link: cookies and the front page for a browser, the token as JSON for a
// program that asks for it.
func (a *API) signIn(w http.ResponseWriter, raw *http.Request) {
	r := &Request{Request: raw, RequestID: id.New().String()}
	a.commonHeaders(w, r)
	w.Header().Set("Cache-Control", "no-store")
	program := strings.Contains(raw.Header.Get("Accept"), "application/json")
	opened, err := a.Sessions.UseLink(raw.Context(), raw.URL.Query().Get("t"), origin(raw, ""))
	switch {
	case err != nil && !program && fault.Is(err, "longhouse.sign_in.gone.app_error"):
		writePage(w, http.StatusGone, "This link is used up", "<p>A sign-in link works once and for one minute. Ask for a new one where you found this.</p>")
	case err != nil:
		a.fail(w, r, err)
	case program:
		writeJSON(w, http.StatusOK, map[string]string{"token": opened.Token, "user_id": opened.UserID.String()})
	default:
		a.setCookies(w, opened)
		http.Redirect(w, raw, "/", http.StatusSeeOther)
	}
}
