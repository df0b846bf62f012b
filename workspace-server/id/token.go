package id

import (
	"crypto/rand"
	"crypto/sha256"
)

// Token is 26 letters that carry 128 random bits: a secret for its bearer.
func Token() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // crypto/rand never fails since Go 1.24
	return string(encode(nil, raw))
}

// Digest is what the database keeps of a token, so that reading the table opens nothing.
func Digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
