package repository

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

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
	// As long as it can be: 1,020 tries, of which each will do with a chance of 2 in 53.
	tries, err := hkdf.Key(sha256.New, key[:], nil, "longhouse repository: cuts", 255*sha256.Size)
	if err != nil {
		return k, fmt.Errorf("derive where to cut: %w", err)
	}
	if k.cuts, err = chunker.DerivePolynomial(bytes.NewReader(tries)); err != nil {
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
