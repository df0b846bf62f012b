package controlplane

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/longhouse-dev/longhouse/tenants"
)

// Opener signs a workspace's first admin in to it.
type Opener interface {
	// Open returns a URL that signs in whoever follows it first, within a minute, and the token of a further ordinary
	// session. actor is the principal as the audit trail calls it. The workspace is running.
	Open(ctx context.Context, ws tenants.Workspace, actor string) (url, token string, err error)
}

// Config is what a Server needs.
type Config struct {
	Store  *tenants.Store
	Pool   *pgxpool.Pool // of the store's database, to tell whether it is reachable and current
	Opener Opener
	// WorkspaceURL returns the address of the workspace with this slug, as people type it, without a path.
	WorkspaceURL func(slug string) string
	// ControlKey seals kept answers and hashes requests; from the keyring.
	ControlKey [32]byte
	// EdgeTokenHash is the SHA-256 of the secret that opens the stream of routes.
	EdgeTokenHash [32]byte
	Log           *slog.Logger
	Metrics       prometheus.Registerer // nil: nobody asks for figures
	Traces        trace.TracerProvider  // nil: spans go nowhere
}

// Validate returns an error that names what is missing.
func (c Config) Validate() error {
	switch {
	case c.Store == nil:
		return errors.New("the API needs Store: the domain on its database")
	case c.Pool == nil:
		return errors.New("the API needs Pool: the connections to its database")
	case c.Opener == nil:
		return errors.New("the API needs Opener: what signs people in to their workspaces")
	case c.WorkspaceURL == nil:
		return errors.New("the API needs WorkspaceURL: how a workspace is reached")
	case c.ControlKey == [32]byte{}:
		return errors.New("the API needs ControlKey: 32 random bytes from the keyring")
	case c.EdgeTokenHash == [32]byte{}:
		return errors.New("the API needs EdgeTokenHash: the SHA-256 of the edges' token")
	case c.Log == nil:
		return errors.New("the API needs Log")
	}
	return nil
}
