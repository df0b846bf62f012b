package controlplane

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Opener signs a workspace's first admin in to it, and knows who uses it.
type Opener interface {
	// Open returns a URL that signs in whoever follows it first, within a minute, and the token of a further ordinary
	// session. actor is the principal as the audit trail calls it. The workspace is running.
	Open(ctx context.Context, ws tenants.Workspace, actor string) (url, token string, err error)
	// Visits returns who has used the workspace since a time, and from where. The workspace is running; where its server can't say it, that
	// is a refusal.
	Visits(ctx context.Context, ws tenants.Workspace, actor string, since time.Time) (tenants.IPVisits, error)
}

// Config is what a Server needs.
type Config struct {
	Store  *tenants.Store
	Pool   *pgxpool.Pool // of the store's database, to tell whether it is reachable and current
	Opener Opener
	// Steps names the steps of a kind of operation, in their order.
	Steps func(tenants.Kind) []string
	// WorkspaceURL returns the address of the workspace with this slug, as people type it, without a path.
	WorkspaceURL func(slug string) string
	// ControlKey seals kept answers and hashes requests; from the keyring.
	ControlKey [32]byte
	// TLSKey is the local authority's, which signs TLS certificates; from the keyring.
	TLSKey [32]byte
	// TLSLimits bound what issuers of TLS certificates are asked for.
	TLSLimits tenants.TLSLimits
	// EdgeTokenHash is the SHA-256 of the secret that opens the stream of routes.
	EdgeTokenHash [32]byte
	// AuditKey signs the audit trail: its checkpoints, and exports of it.
	AuditKey ed25519.PrivateKey
	// CertificateKey is the key under which certificates of deletion are signed.
	CertificateKey ed25519.PublicKey
	// Addresses returns the addresses of a host, as name servers tell them; nil: nobody can say.
	Addresses func(ctx context.Context, host string) ([]netip.Addr, error)
	// Archive has what was signed of the audit trail.
	Archive tenants.Archive
	// AccessLog keeps what was asked of workspaces.
	AccessLog AccessLog
	// AccessLogDays is for how long.
	AccessLogDays int
	// Networks are what webhooks may go to beside the public internet.
	Networks egress.Networks
	Log      *slog.Logger
	Metrics  prometheus.Registerer // nil: nobody asks for figures
	Traces   trace.TracerProvider  // nil: spans go nowhere
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
	case c.Steps == nil:
		return errors.New("the API needs Steps: what operations consist of")
	case c.WorkspaceURL == nil:
		return errors.New("the API needs WorkspaceURL: how a workspace is reached")
	case c.ControlKey == [32]byte{}:
		return errors.New("the API needs ControlKey: 32 random bytes from the keyring")
	case c.TLSKey == [32]byte{}:
		return errors.New("the API needs TLSKey: 32 random bytes from the keyring")
	case c.EdgeTokenHash == [32]byte{}:
		return errors.New("the API needs EdgeTokenHash: the SHA-256 of the edges' token")
	case len(c.AuditKey) != ed25519.PrivateKeySize:
		return errors.New("the API needs AuditKey: which signs the audit trail")
	case len(c.CertificateKey) != ed25519.PublicKeySize:
		return errors.New("the API needs CertificateKey: under which certificates of deletion are signed")
	case c.Archive == nil:
		return errors.New("the API needs Archive: what was signed of the audit trail")
	case c.AccessLog == nil || c.AccessLogDays < 1:
		return errors.New("the API needs AccessLog: what was asked of workspaces, and AccessLogDays: for how long that is kept")
	case c.Log == nil:
		return errors.New("the API needs Log")
	}
	return c.TLSLimits.Validate()
}
