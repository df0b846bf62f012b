package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// The bounds of a verifier and, as the protocol has it, of a challenge.
const shortestProof, longestProof = 43, 128

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func consists(text, of string) bool { return strings.Trim(text, of) == "" }

// challengeable reports whether a text can be the S256 of a verifier.
func challengeable(challenge string) bool {
	return len(challenge) >= shortestProof && len(challenge) <= longestProof && consists(challenge, unreserved)
}

// proves reports whether a verifier is the one that a challenge was made of (RFC 7636, 4.6).
func proves(verifier, challenge string) bool {
	if len(verifier) < shortestProof || len(verifier) > longestProof || !consists(verifier, unreserved+".~") {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}
