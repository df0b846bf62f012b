package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealVersion is the first byte of everything Seal returns, so that the format can change while old rows stay readable.
const sealVersion = 1

// ErrSealed is returned for a sealed secret that does not open: another key, another place, or a changed byte.
var ErrSealed = errors.New("the sealed secret does not open with this key in this place")

// Seal encrypts a small secret for a database row or a file with XChaCha20-Poly1305 and a random nonce. aad names the
// place where the result is kept ("workspaces/ws_1/database_password"): Open refuses it anywhere else, so a sealed secret
// that is moved to another row does not open. The result is 41 bytes longer than plaintext.
func Seal(key, plaintext, aad []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	out := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(plaintext)+aead.Overhead())
	out[0] = sealVersion
	rand.Read(out[1:])
	return aead.Seal(out, out[1:], plaintext, aad), nil
}

// Unseal returns what Seal was given, or ErrSealed.
func Unseal(key, sealed, aad []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	if len(sealed) < 1+aead.NonceSize()+aead.Overhead() || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	nonce, body := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	plaintext, err := aead.Open(nil, nonce, body, aad)
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}
