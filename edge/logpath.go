package edge

import "strings"

const maxLoggedPath = 512

// secretPaths are prefixes whose remainder is itself a credential of the chat protocol: who knows an incoming
// webhook's path may post.
var secretPaths = []string{"/hooks/"}

// loggedPath is the path as the access log may keep it.
func loggedPath(path string) string {
	for _, prefix := range secretPaths {
		if strings.HasPrefix(path, prefix) {
			return prefix + "***"
		}
	}
	if len(path) > maxLoggedPath {
		return path[:maxLoggedPath] + "..."
	}
	return path
}
