package front

import (
	"net/http"
	"net/url"
)

// App is what asks to be let in.
type App struct {
	Name, Description string
	Callback          string // where the browser is sent with the answer
	Unknown           bool   // nobody of the workspace has made it
}

// Form is what comes back with a person's answer, beside that.
type Form struct {
	Query string // the app's wish, as it came
	Token string // shows that our own page asks
}

// onward is where a form may send: to us, and from there on to wherever the app sends in turn. Some browsers hold every step of that
// against the policy, and a policy can't name each address that an app may have, such as [::1].
const onward = "'self' http: https:"

// LetIn asks somebody whether they let an app in. It needs no script.
func LetIn(w http.ResponseWriter, at Workspace, who Person, app App, form Form) {
	unknown := "hidden"
	if app.Unknown {
		unknown = ""
	}
	described := "hidden"
	if app.Description != "" {
		described = ""
	}
	cards := part("letin", "{{app}}", app.Name, "{{description}}", app.Description, "{{described}}", described, "{{unknown}}", unknown, "{{callback}}", origin(app.Callback),
		"{{username}}", who.Username, "{{query}}", form.Query, "{{token}}", form.Token, "{{address}}", at.Address)
	writeSending(w, http.StatusOK, at, "An app wants to be let in.", cards, onward)
}

// SignInFor asks who is not signed in to sign in before they are asked. Problem is why they are asked again.
func SignInFor(w http.ResponseWriter, status int, at Workspace, app App, form Form, problem string) {
	failed := "hidden"
	if problem != "" {
		failed = ""
	}
	cards := part("letinsignin", "{{app}}", app.Name, "{{query}}", form.Query, "{{token}}", form.Token, "{{problem}}", problem, "{{failed}}", failed)
	writeSending(w, status, at, "An app wants to be let in.", cards, onward)
}

// NotLetIn says why an app is not let in, where it can't be told itself.
func NotLetIn(w http.ResponseWriter, status int, at Workspace, why string) {
	write(w, status, at, "Team chat for the people you invite.", part("notletin", "{{why}}", why))
}

// origin is the scheme and host of an address that was checked when it was stored.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
