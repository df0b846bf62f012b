package api

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/oauth"
)

// onceCookie shows that a sign-in form was sent from our own page: who isn't signed in has no CSRF token.
const onceCookie = "LONGHOUSEONCE"

// isForm reports whether a browser has sent a form.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "application/x-www-form-urlencoded")
}

// show answers with a page.
func show(page func(w http.ResponseWriter)) (Response, error) {
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) { page(w) }}, nil
}

// sendBrowser sends it to an app. Nothing of ours is kept on the way.
func sendBrowser(to string, err error) (Response, error) {
	return Response{Write: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusSeeOther)
	}}, err
}

// wish is what an app has sent a browser with. Where it is refused, the browser is answered: it is sent back to the app only once that is
// known to be its own address.
func (a *API) wish(r *Request) (asked oauth.Asked, answer Response, err error) {
	if err = a.OAuth.On("api.oauth.authorize_oauth.disabled.app_error"); err == nil {
		in, wrong := oauth.ParseAuthorize(r.URL.RawQuery)
		if err = wrong; err == nil {
			asked, err = a.OAuth.Ask(r.Context(), in)
		}
	}
	if err == nil && r.owing != nil {
		err = errOwing // the app would need none
	}
	if err == nil && r.SignedIn() && r.ByApp() {
		err = fault.Forbidden()
	}
	if err != nil {
		answer, _ = a.notLetIn(r, asked, err)
	}
	return asked, answer, err
}

func (a *API) notLetIn(r *Request, asked oauth.Asked, err error) (Response, error) {
	var refused *oauth.Refused
	if errors.As(err, &refused) && refused.Back {
		return sendBrowser(asked.Back("error", refused.Code, "error_description", refused.Fault.Message), nil)
	}
	e := a.explain(r, err)
	return show(func(w http.ResponseWriter) { front.NotLetIn(w, e.StatusCode, a.workspace(r.Request), e.Message) })
}

// askAboutApp shows who comes from an app what it wants. Who isn't signed in is asked for that first.
func (a *API) askAboutApp(r *Request) (Response, error) {
	asked, answer, err := a.wish(r)
	if err != nil {
		return answer, nil
	}
	if !r.SignedIn() {
		return a.askToSignIn(r, asked, nil)
	}
	unasked, err := a.OAuth.Unasked(r.Context(), r.User.ID, asked)
	switch {
	case err != nil:
		return a.notLetIn(r, asked, err)
	case unasked:
		return a.sendWithCode(r, asked)
	}
	form := front.Form{Query: r.URL.RawQuery, Token: r.Session.Csrf}
	return show(func(w http.ResponseWriter) {
		front.LetIn(w, a.workspace(r.Request), front.Person{Username: r.User.Username}, shownApp(asked), form)
	})
}

func shownApp(asked oauth.Asked) front.App {
	return front.App{Name: asked.App.Name, Description: asked.App.Description, Callback: asked.In.RedirectURI, Unknown: asked.App.CreatorID.IsZero()}
}

func (a *API) sendWithCode(r *Request, asked oauth.Asked) (Response, error) {
	to, err := a.OAuth.LetIn(r.Context(), r.User.ID, asked)
	if err != nil {
		return a.notLetIn(r, asked, err)
	}
	return sendBrowser(to, nil)
}

// answeredAboutApp takes what our own page sends: an answer, or a password.
func (a *API) answeredAboutApp(r *Request) (Response, error) {
	form, err := url.ParseQuery(string(r.body))
	if err != nil {
		return Response{}, fault.BadBody("form", "one that can be read")
	}
	if form.Has("login_id") {
		return a.signInForApp(r, form)
	}
	if !r.SignedIn() {
		r.Header.Set("X-CSRF-Token", form.Get("csrf"))
		if err := a.authenticate(r, Route{}); err != nil {
			return Response{}, err
		}
	}
	asked, answer, err := a.wish(r)
	switch {
	case err != nil:
		return answer, nil
	case !r.SignedIn():
		return a.askToSignIn(r, asked, nil)
	}
	switch form.Get("answer") {
	case "allow":
		return a.sendWithCode(r, asked)
	case "deny":
		return sendBrowser(asked.Back("error", "access_denied"), nil)
	}
	return a.notLetIn(r, asked, fault.BadBody("answer", "allow or deny"))
}

// signInForApp signs a browser in as a login does, and has it asked then.
func (a *API) signInForApp(r *Request, form url.Values) (Response, error) {
	asked, answer, err := a.wish(r)
	if err != nil {
		return answer, nil
	}
	given, err := r.Cookie(onceCookie)
	if err != nil || len(given.Value) != id.Length || subtle.ConstantTimeCompare([]byte(given.Value), []byte(form.Get("once"))) != 1 {
		return a.askToSignIn(r, asked, fault.New(http.StatusUnauthorized, "longhouse.oauth.form.app_error", "This form was not sent by this page, or is too old. Try again."))
	}
	_, opened, err := a.signInBy(r, form.Get("login_id"), id.ID{}, form.Get("password"), form.Get("code"), "")
	if err != nil {
		return a.askToSignIn(r, asked, err)
	}
	return Response{Write: func(w http.ResponseWriter, raw *http.Request) {
		a.setCookies(w, opened)
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, raw, oauth.AuthorizePath+"?"+raw.URL.RawQuery, http.StatusSeeOther)
	}}, nil
}

func (a *API) askToSignIn(r *Request, asked oauth.Asked, failed error) (Response, error) {
	status, problem := http.StatusOK, ""
	if failed != nil {
		e := a.explain(r, failed)
		status, problem = e.StatusCode, e.Message
	}
	once := id.Token()
	form := front.Form{Query: r.URL.RawQuery, Token: once}
	return show(func(w http.ResponseWriter) {
		http.SetCookie(w, &http.Cookie{Name: onceCookie, Value: once, Path: oauth.AuthorizePath, MaxAge: 600, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.secure()})
		front.SignInFor(w, status, a.workspace(r.Request), shownApp(asked), form, problem)
	})
}
