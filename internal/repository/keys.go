package repository

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/restic/chunker"
)

// KeySize is that of a repository's key in bytes.
const KeySize = 32

// keys are what is derived from a repository's key.
type keys struct {
	identity *age.X25519Identity
	names    []byte      // of the hash that chunks are called by
	cuts     chunker.Pol // where streams are cut, so that sizes say nothing to who hasn't the key
}

func derive(key [KeySize]byte) (k keys, err error) {
	secret, err := hkdf.Key(sha256.New, key[:], nil, "longhouse repository: objects", 32)
	if err != nil {
		return k, fmt.Errorf("derive the key of objects: %w", err)
	}
	if k.identity, err = age.ParseX25519Identity(bech32("AGE-SECRET-KEY-", secret)); err != nil {
		return k, fmt.Errorf("derive the key of objects: %w", err)
	}
	if k.names, err = hkdf.Key(sha256.New, key[:], nil, "longhouse repository: names", 32); err != nil {
		return k, fmt.Errorf("derive the key of names: %w", err)
	}
	if k.cuts, err = chunker.DerivePolynomial(newStretch(key)); err != nil {
		return k, fmt.Errorf("derive where to cut: %w", err)
	}
	return k, nil
}

// Identity is what `age` decrypts a repository's objects with: AGE-SECRET-KEY-1... It is a secret.
func Identity(key [KeySize]byte) (string, error) {
	k, err := derive(key)
	if err != nil {
		return "", err
	}
	return k.identity.String(), nil
}

// nameSize is in bytes. Whoever has not the key can't look for two chunks of one name, and who has it harms only themselves.
const nameSize = 16

// name is what a chunk is called by.
type name [nameSize]byte

func (n name) String() string { return hex.EncodeToString(n[:]) }

func parseName(text string) (n name, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != nameSize || hex.EncodeToString(raw) != text {
		return n, false
	}
	copy(n[:], raw)
	return n, true
}

func (k keys) nameOf(chunk []byte) (n name) {
	mac := hmac.New(sha256.New, k.names)
	mac.Write(chunk)
	copy(n[:], mac.Sum(nil))
	return n
}

// stretch is as many bytes as are asked for.
type stretch struct {
	key   [KeySize]byte
	block int
	left  []byte
}

func newStretch(key [KeySize]byte) io.Reader { return &stretch{key: key} }

// Read implements io.Reader.
func (s *stretch) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(s.left) == 0 {
			s.block++
			if s.left, err = hkdf.Key(sha256.New, s.key[:], nil, fmt.Sprintf("longhouse repository: cuts %d", s.block), 32); err != nil {
				return n, err
			}
		}
		took := copy(p[n:], s.left)
		n, s.left = n+took, s.left[took:]
	}
	return n, nil
}
