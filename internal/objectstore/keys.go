package objectstore

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"

	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

var validKeyID = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// requestError is an admin request that can't be done as asked.
type requestError string

func (e requestError) Error() string { return string(e) }

func badRequest(format string, args ...any) error { return requestError(fmt.Sprintf(format, args...)) }

func checkKeyID(id string) error {
	if id == credentialsKey {
		return badRequest("key %s is the store's own", id)
	}
	if validKeyID.MatchString(id) {
		return nil
	}
	return badRequest("key id %q is not valid: 1 to 64 of a-z, 0-9, _ and - are allowed", id)
}

// destroyKey makes everything encrypted with the key unreadable, for requests that begin after it returns.
func (s *store) destroyKey(id string) error {
	if err := checkKeyID(id); err != nil {
		return err
	}
	return s.keys.Destroy(id)
}

// deriveKey returns a key for another purpose than the store's objects, which is the same each time, says nothing of the one that it comes
// from, and can't be had any more when that is destroyed.
func (s *store) deriveKey(id, purpose string) (derived admin.Derived, err error) {
	if err := checkKeyID(id); err != nil {
		return derived, err
	}
	if !validKeyID.MatchString(purpose) {
		return derived, badRequest("purpose %q is not valid: 1 to 64 of a-z, 0-9, _ and - are allowed", purpose)
	}
	key, err := s.keys.Get(id)
	if err != nil {
		return derived, err
	}
	derived.Key, err = hkdf.Key(sha256.New, key, nil, "longhouse object store: "+purpose, keyring.KeySize)
	return derived, err
}

func (s *store) listKeys() ([]string, error) {
	ids, err := s.keys.List()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == credentialsKey }), nil
}
