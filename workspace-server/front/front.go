// Package front owns what people see of a workspace in a browser, until the web client stands in its place: where to
// connect a client, and a form for a password. It never reads the database and never decides who is signed in.
package front

import (
	"embed"
	"io"
	"net/http"
	"strings"
)

// policy lets a page load and call nothing but ourselves, and run no inline script or style. No form is sent by the
// browser itself, which would put a password into an address or a log, but those that let apps in: they work without a script.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

//go:embed parts
var parts embed.FS

// Workspace is what everybody may know.
type Workspace struct {
	SiteName string
	Host     string // of the address, for the title
	Address  string // to enter in a client
}

// Person is whom the browser's session belongs to.
type Person struct {
	Username    string
	Email       string
	HasPassword bool
}

// Limits are the bounds of a new password, for the browser's own check.
type Limits struct{ Min, Max string }

// Page is what is at the workspace's root. Who isn't signed in learns nothing there about anybody.
func Page(w http.ResponseWriter, at Workspace) {
	write(w, http.StatusOK, at, "Team chat for the people you invite.", connect(at, part("stranger")))
}

// PageFor is the same for somebody: first what is still missing to use a client.
func PageFor(w http.ResponseWriter, at Workspace, who Person, limits Limits) {
	heading, why, current := "Set a password", "Clients ask for one, and you have none yet.", "hidden"
	if who.HasPassword {
		heading, why, current = "Change your password", "Your other devices are signed out when you change it.", ""
	}
	names := []string{"{{username}}", who.Username, "{{email}}", who.Email, "{{address}}", at.Address}
	password := part("password", append(names, "{{heading}}", heading, "{{why}}", why, "{{current}}", current, "{{min}}", limits.Min, "{{max}}", limits.Max)...)
	cards := connect(at, part("person", names...))
	if who.HasPassword {
		cards += password
	} else {
		cards = password + cards
	}
	write(w, http.StatusOK, at, "You are in.", cards+part("leave", names...))
}

// Gone says that a sign-in link can't be used any more.
func Gone(w http.ResponseWriter, at Workspace) {
	write(w, http.StatusGone, at, "Team chat for the people you invite.", part("gone"))
}

func connect(at Workspace, who string) string {
	before, after, _ := strings.Cut(part("connect", "{{address}}", at.Address), "<!-- who -->\n")
	return before + who + after
}

func write(w http.ResponseWriter, status int, at Workspace, lead, cards string) {
	writeSending(w, status, at, lead, cards, "'none'")
}

// writeSending is write for a page whose forms browsers send themselves, to these places and those that they are sent on to.
func writeSending(w http.ResponseWriter, status int, at Workspace, lead, cards, places string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", strings.Replace(policy, "form-action 'none'", "form-action "+places, 1))
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	before, after, _ := strings.Cut(part("frame", "{{title}}", at.SiteName+" at "+at.Host, "{{site}}", at.SiteName, "{{lead}}", lead), "<!-- main -->\n")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, before+cards+after)
}
