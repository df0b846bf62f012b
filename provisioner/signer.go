package provisioner

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokenLife is how long a call to an instance may be on its way.
const tokenLife = 60 * time.Second

// Signer signs the control plane's calls to instances.
type Signer struct {
	key ed25519.PrivateKey
}

// NewSigner returns a signer whose key is made of a secret seed.
func NewSigner(seed [32]byte) *Signer { return &Signer{key: ed25519.NewKeyFromSeed(seed[:])} }

// PublicKey is what an instance needs to check a token: standard base 64 of the Ed25519 public key.
func (s *Signer) PublicKey() string {
	return base64.StdEncoding.EncodeToString(s.key.Public().(ed25519.PublicKey))
}

// Token lets subject call one workspace's instance, for a minute.
func (s *Signer) Token(workspace, subject string) (string, error) {
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{
		Audience: jwt.ClaimStrings{workspace}, Subject: subject, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
	}).SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign a token for %s: %w", workspace, err)
	}
	return token, nil
}
