package edge

import "strings"

const maxLoggedPath = 512

// loggedPath is the path as the access log may keep it. In the chat protocol the identifier of an incoming webhook, or
// of an invitation, is itself the credential: who knows the path may post, or join. Segments are compared rather than
// prefixes, because a path need not be clean to be understood.
func loggedPath(path string) string {
	for _, segment := range []string{"/hooks/", "/invite/"} {
		if i := indexFold(path, segment); i >= 0 {
			path = path[:i+len(segment)] + "***"
		}
	}
	if len(path) > maxLoggedPath {
		return path[:maxLoggedPath] + "..."
	}
	return path
}

// indexFold is strings.Index without regard to the case of ASCII letters in s.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i] == lower[0] && strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}
