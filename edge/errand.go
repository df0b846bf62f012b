package edge

import (
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

// errand is what a request comes for, as far as an IP filter may have an exception for that, and the hash of its token. The zero errand is for
// all others, and what leaves room for doubt is among them: an exception opens nothing but what it names, whoever reads the request next.
type errand struct {
	purpose ipfilter.Purpose
	token   ipfilter.Token
}

const (
	hooksPath = "/hooks/"
	scimPath  = "/scim/v2/"
	hookID    = 26 // characters that the id of a webhook has; it is the token
	// Bearer tokens of other lengths are taken for none: short ones are guessed.
	shortestToken, longestToken = 20, 4096
)

// errandOf reads the path as the client wrote it: what has an escape or a dot segment in it is no errand.
func errandOf(r *http.Request) errand {
	path, ok := targetIn(r)
	switch {
	case !ok || len(r.Header["Upgrade"]) > 0:
	case strings.HasPrefix(path, hooksPath):
		if id := path[len(hooksPath):]; r.Method == http.MethodPost && isHookID(id) {
			return errand{ipfilter.IncomingWebhook, sha256.Sum256([]byte(id))}
		}
	case strings.HasPrefix(path, scimPath):
		if token, ok := bearerToken(r.Header); ok && plainBelow(path[len(scimPath):]) {
			return errand{ipfilter.SCIM, sha256.Sum256([]byte(token))}
		}
	}
	return errand{}
}

func isHookID(text string) bool {
	if len(text) != hookID {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// plainBelow reports whether a path leads to something below where it begins, whoever reads it: RFC 7644 names nothing that needs more.
func plainBelow(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
		for i := range len(segment) {
			c := segment[i]
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.~:@", rune(c)) {
				return false
			}
		}
	}
	return true
}

// bearerToken returns the one token that a request names (RFC 6750, section 2.1).
func bearerToken(h http.Header) (string, bool) {
	said := h["Authorization"]
	if len(said) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(said[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || len(token) < shortestToken || len(token) > longestToken {
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f || token[i] == ',' {
			return "", false
		}
	}
	return token, true
}
