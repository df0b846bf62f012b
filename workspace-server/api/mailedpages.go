package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// mailedPages are where the links in mails lead, at the addresses that the protocol's own web client has for them.
func (a *API) mailedPages(mux chi.Router) {
	mux.Get("/reset_password_complete", a.page(func(w http.ResponseWriter, _ *Request, at front.Workspace) { front.Reset(w, at, a.passwordLimits()) }))
	mux.Get("/do_verify_email", a.page(func(w http.ResponseWriter, _ *Request, at front.Workspace) { front.Confirm(w, at) }))
	invited := a.page(func(w http.ResponseWriter, r *Request, at front.Workspace) {
		if r.SignedIn() {
			front.Join(w, at, front.Person{Username: r.User.Username})
			return
		}
		front.SignUp(w, at, a.passwordLimits())
	})
	mux.Get("/signup_user_complete", invited)
	mux.Get("/signup_user_complete/", invited)
}

// page answers a browser, which may be signed in. The link's secret is left to the page's script: nothing is done by looking at it.
func (a *API) page(show func(w http.ResponseWriter, r *Request, at front.Workspace)) http.HandlerFunc {
	return func(w http.ResponseWriter, raw *http.Request) {
		r := &Request{Request: raw, RequestID: id.New().String()}
		a.commonHeaders(w, r)
		if err := a.authenticate(r, Route{}); err != nil {
			a.fail(w, r, err)
			return
		}
		show(w, r, a.workspace(raw))
	}
}
