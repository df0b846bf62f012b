package objectstore

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
)

// Region is the region that clients must sign for.
const Region = "local"

// maxSocketPath is what fits into the kernel's address of a unix socket.
const maxSocketPath = 107

// Config says where a store keeps its data and where it listens.
type Config struct {
	// Dir holds buckets and credentials. It belongs to one store at a time.
	Dir string
	// KeyringDir holds the keys, best on another volume than Dir and never in the same backup.
	KeyringDir string
	// Listen is the host:port for S3. Port 0 takes the port of the last run where it is still free, else a new one.
	Listen string
	// AdminSocket is the path of the unix socket for administration. Who may open it (mode 0660) may do everything.
	AdminSocket string
	Log         *slog.Logger `json:"-"`
}

// Validate names what is wrong and what is allowed.
func (c Config) Validate() error {
	for _, p := range []struct{ name, path string }{
		{"Dir", c.Dir}, {"KeyringDir", c.KeyringDir}, {"AdminSocket", c.AdminSocket},
	} {
		if !filepath.IsAbs(p.path) {
			return fmt.Errorf("object store: %s is %q; it must be an absolute path", p.name, p.path)
		}
	}
	if c.Log == nil {
		return errors.New("object store: Log must be set")
	}
	if len(c.AdminSocket) > maxSocketPath {
		return fmt.Errorf("object store: AdminSocket is %d bytes long; at most %d are allowed", len(c.AdminSocket), maxSocketPath)
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("object store: Listen is %q; it must be host:port", c.Listen)
	}
	if rel, err := filepath.Rel(c.Dir, c.KeyringDir); err == nil && filepath.IsLocal(rel) {
		return errors.New("object store: KeyringDir must not be inside Dir, so that no copy of the data holds its keys")
	}
	return nil
}
