package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/versity/versitygw/auth"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

// credentialsKey is the id of the key that seals the credentials' secrets. No bucket may use it and nobody may destroy it.
const credentialsKey = "object-store-credentials"

// credentials are the access keys that may sign S3 requests. They are versitygw's IAM service: because it asks here for
// every request and nothing is cached, a revoked credential is refused at once.
type credentials struct {
	dir, tmp string
	key      []byte

	changing sync.Mutex // held while a credential is written or removed; taken before mu
	mu       sync.RWMutex
	secrets  map[string]string
}

type credentialRecord struct {
	Secret []byte `json:"secret"` // keyring.Seal, bound to the access key
}

var validAccess = regexp.MustCompile(`^[A-Za-z0-9_-]{3,64}$`)

func loadCredentials(dir, tmp string, keys *keyring.Dir) (*credentials, error) {
	key, err := keys.Create(credentialsKey)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	c := &credentials{dir: dir, tmp: tmp, key: key, secrets: map[string]string{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	for _, e := range entries {
		access := strings.TrimSuffix(e.Name(), ".json")
		if c.secrets[access], err = c.read(access); err != nil {
			return nil, fmt.Errorf("object store: credential %s: %w", access, err)
		}
	}
	return c, nil
}

func (c *credentials) read(access string) (string, error) {
	var record credentialRecord
	if err := readRecord(c.path(access), &record); err != nil {
		return "", err
	}
	secret, err := keyring.Unseal(c.key, record.Secret, credentialPlace(access))
	return string(secret), err
}

// put makes the credential or replaces its secret.
func (c *credentials) put(access, secret string) error {
	if err := checkAccess(access); err != nil {
		return err
	}
	if len(secret) < 16 || len(secret) > 128 {
		return badRequest("the secret has %d bytes; 16 to 128 are allowed", len(secret))
	}
	c.changing.Lock()
	defer c.changing.Unlock()
	if c.secrets[access] == secret {
		return nil
	}
	sealed, err := keyring.Seal(c.key, []byte(secret), credentialPlace(access))
	if err != nil {
		return err
	}
	if err := writeRecord(c.tmp, c.path(access), credentialRecord{Secret: sealed}); err != nil {
		return fmt.Errorf("write credential %s: %w", access, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets[access] = secret
	return nil
}

// remove revokes the credential, in memory before on disk, so that it is refused even if the disk fails.
func (c *credentials) remove(access string) error {
	if err := checkAccess(access); err != nil {
		return err
	}
	c.changing.Lock()
	defer c.changing.Unlock()
	c.mu.Lock()
	delete(c.secrets, access)
	c.mu.Unlock()
	if err := os.Remove(c.path(access)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove credential %s: %w", access, err)
	}
	return syncDir(c.dir)
}

func (c *credentials) list() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.secrets))
}

func (c *credentials) path(access string) string { return filepath.Join(c.dir, access+".json") }

func credentialPlace(access string) []byte { return []byte("object store credential\x00" + access) }

func checkAccess(access string) error {
	if validAccess.MatchString(access) {
		return nil
	}
	return badRequest("access key %q is not valid: 3 to 64 of A-Z, a-z, 0-9, _ and - are allowed", access)
}

// GetUserAccount implements auth.IAMService. No account may do more than use the buckets that it owns.
func (c *credentials) GetUserAccount(access string) (auth.Account, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	secret, ok := c.secrets[access]
	if !ok {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: access, Secret: secret, Role: auth.RoleUser}, nil
}
