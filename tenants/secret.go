package tenants

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// newSecret returns 256 random bits as text after a prefix that tells leak scanners what was found.
func newSecret(prefix string) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, by its contract
	return prefix + base64.RawURLEncoding.EncodeToString(raw)
}

// hashSecret is what is stored of a secret.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// The prefixes of secrets.
const (
	sessionPrefix      = "lhs_"
	tokenPrefix        = "lht_"
	operatorPrefix     = "lho_"
	confirmationPrefix = "lhc_"
	instancePrefix     = "lhi_"
	glassPrefix        = "lhg_"
)
