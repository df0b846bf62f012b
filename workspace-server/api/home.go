package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// home is what a browser finds at the workspace's root.
func (a *API) home(w http.ResponseWriter, raw *http.Request) {
	r := &Request{Request: raw, RequestID: id.New().String()}
	a.commonHeaders(w, r)
	if err := a.authenticate(r, Route{}); err != nil {
		a.fail(w, r, err)
		return
	}
	r.letOwing() // they are shown who they are, and may do no more there than by themselves
	if !r.SignedIn() {
		front.Page(w, a.workspace(raw))
		return
	}
	who := front.Person{Username: r.User.Username, Email: r.User.Email, HasPassword: r.User.PasswordHash != nil}
	front.PageFor(w, a.workspace(raw), who, a.passwordLimits())
}

func (a *API) passwordLimits() front.Limits {
	return front.Limits{Min: strconv.Itoa(a.Config.Settings().Password.Min), Max: strconv.Itoa(config.MaxPassword)}
}

func (a *API) workspace(r *http.Request) front.Workspace {
	at := front.Workspace{SiteName: a.Config.Settings().SiteName, Host: r.Host, Address: "http://" + r.Host}
	if a.Config.Settings().SiteURL != nil {
		at.Host, at.Address = a.Config.Settings().SiteURL.Host, a.Config.Settings().SiteURL.String()
	}
	return at
}

func (a *API) pageFile(w http.ResponseWriter, raw *http.Request) {
	r := &Request{Request: raw, RequestID: id.New().String()}
	a.commonHeaders(w, r)
	if !front.File(w, raw, chi.URLParam(raw, "file")) {
		_, err := a.absent(r)
		a.fail(w, r, err)
	}
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
		front.Gone(w, a.workspace(raw))
	case err != nil:
		a.fail(w, r, err)
	case program:
		writeJSON(w, http.StatusOK, map[string]string{"token": opened.Token, "user_id": opened.UserID.String()})
	default:
		a.setCookies(w, opened)
		http.Redirect(w, raw, "/", http.StatusSeeOther)
	}
}
