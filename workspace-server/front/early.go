package front

import "net/http"

// Early is what stands in a sign-in link's place while nobody has opened it, with the link to open. A browser throws
// away what it fetched ahead when the status is no success, and asks again once somebody goes there.
func Early(w http.ResponseWriter, at Workspace, link string) {
	write(w, http.StatusServiceUnavailable, at, "Team chat for the people you invite.", part("early", "{{link}}", link))
}
