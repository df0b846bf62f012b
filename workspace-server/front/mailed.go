package front

import "net/http"

// Reset is where a link leads that was mailed to somebody who forgot their password.
func Reset(w http.ResponseWriter, at Workspace, limits Limits) {
	mailed(w, at, part("reset", "{{address}}", at.Address, "{{min}}", limits.Min, "{{max}}", limits.Max))
}

// Confirm is where a link leads by which somebody confirms their address. It takes a click, as programs follow links ahead of people.
func Confirm(w http.ResponseWriter, at Workspace) {
	mailed(w, at, part("confirm", "{{address}}", at.Address))
}

// SignUp is where an invitation leads for who is not signed in.
func SignUp(w http.ResponseWriter, at Workspace, limits Limits) {
	mailed(w, at, part("signup", "{{address}}", at.Address, "{{min}}", limits.Min, "{{max}}", limits.Max))
}

// Join is where an invitation leads for who is.
func Join(w http.ResponseWriter, at Workspace, who Person) {
	mailed(w, at, part("join", "{{address}}", at.Address, "{{username}}", who.Username))
}

func mailed(w http.ResponseWriter, at Workspace, cards string) {
	write(w, http.StatusOK, at, "Team chat for the people you invite.", cards)
}
