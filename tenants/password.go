package tenants

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Argon2id with the second recommended parameter set of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
const (
	hashTime    = 3
	hashThreads = 4
	hashLength  = 32
	saltLength  = 16
)

// hashMemory is in KiB. Only what `go test` builds, which signs thousands up, has hashes for less.
var hashMemory = func() uint32 {
	if testing.Testing() {
		return 64
	}
	return 64 * 1024
}()

// lane lets two hashes run at a time.
type lane chan struct{}

// Signing in and signing up have lanes of their own, so that a storm of the one does not delay the other. Both together
// take at most 4 hashes at 64 MiB, which is 256 MiB.
var signingIn, signingUp = make(lane, 2), make(lane, 2)

const passwordLeast, passwordMost = 10, 128

func checkPassword(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return refuse(Invalid, "password", "the password is not valid UTF-8 text")
	case n < passwordLeast || n > passwordMost:
		return refuse(Invalid, "password", "the password has %d characters; %d to %d are allowed", n, passwordLeast, passwordMost)
	}
	return nil
}

// hashPassword returns the PHC string of an Argon2id hash under a fresh salt.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails, by its contract
	hash, err := signingUp.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash)), nil
}

// matches reports whether password is the one that hash was made from. A hash that can't be read matches nothing, and
// takes as long as any other.
func matches(ctx context.Context, password, hash string) (bool, error) {
	var salt, want []byte
	if parts := strings.Split(hash, "$"); len(parts) == 6 && parts[1] == "argon2id" {
		salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
		want, _ = base64.RawStdEncoding.DecodeString(parts[5])
	}
	got, err := signingIn.derive(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// derive waits for its turn as long as ctx lasts.
func (l lane) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case l <- struct{}{}:
	case <-ctx.Done():
		return nil, refuse(Exhausted, "", "too many people are signing in or up at once; try again in a moment")
	}
	defer func() { <-l }()
	defer hashes.disturb()
	return argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashLength), nil
}
