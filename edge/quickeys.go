package edge

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/quic-go/quic-go"
)

const (
	quicKeyName = "quic-key"
	quicKeySize = 32
)

// quicKeys are what all processes of one edge have in common for QUIC, so that each knows the clients of the one before: those whose connections
// died with it hear so at once, and those that have shown where they are need not show it again.
type quicKeys struct {
	reset *quic.StatelessResetKey
	token *quic.TokenGeneratorKey
}

// openQUICKeys makes the key in the state directory where there is none.
func openQUICKeys(j *journal) (keys quicKeys, err error) {
	unlock, err := j.lock() // two processes may begin at once
	if err != nil {
		return keys, err
	}
	defer unlock()
	secret, err := readQUICKey(filepath.Join(j.dir, quicKeyName))
	if err != nil {
		return keys, err
	}
	keys = quicKeys{new(quic.StatelessResetKey), new(quic.TokenGeneratorKey)}
	for purpose, key := range map[string][]byte{"stateless resets": keys.reset[:], "address tokens": keys.token[:]} {
		derived, err := hkdf.Key(sha256.New, secret, nil, "longhouse edge, QUIC: "+purpose, len(key))
		if err != nil {
			return keys, fmt.Errorf("derive the key of %s: %w", purpose, err)
		}
		copy(key, derived)
	}
	return keys, nil
}

// readQUICKey replaces a key that can't be read by another one: it costs clients a round trip.
func readQUICKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of QUIC: %w", err)
	}
	if secret, err := hex.DecodeString(strings.TrimSpace(string(text))); err == nil && len(secret) == quicKeySize {
		return secret, nil
	}
	secret := make([]byte, quicKeySize)
	_, _ = rand.Read(secret) // it never fails
	return secret, writeWhole(path, hex.EncodeToString(secret)+"\n")
}
