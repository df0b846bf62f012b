package serve

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/resolver"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants"
)

// control is what the API and the workers share.
type control struct {
	layout       datadir.Layout
	settings     datadir.Settings
	pool         *pgxpool.Pool
	queue        *jobs.Queue
	store        *tenants.Store
	signer       *provisioner.Signer
	auditKey     ed25519.PrivateKey
	tlsKey       [32]byte           // the local authority's
	certificates ed25519.PrivateKey // signs what was removed of a workspace
	keys         *keyring.Dir
	sealing      [32]byte
	networks     egress.Networks
	edge         provisioner.PublicAddress
	names        *resolver.Resolver
	metrics      *prometheus.Registry
	rounds       *rounds.Rounds // of a worker
	cells        *cells
	traces       trace.TracerProvider
	share        provisioner.Share
	waits        atomic.Bool // a worker that stands by does not work yet
	log          *slog.Logger
}

// How many connections to the control plane's database a process may have that does many things at a time, or only one.
const (
	connectionsOfAll = 24
	connectionsOfOne = 4
)

func runControl(ctx context.Context, layout datadir.Layout, settings datadir.Settings, p Process, log *slog.Logger) error {
	connections := int32(connectionsOfAll)
	if p.Share == provisioner.Suspects {
		connections = connectionsOfOne
	}
	c, err := openControl(ctx, layout, settings, connections, log)
	if err != nil {
		return err
	}
	defer c.pool.Close()
	name, held, err := takeName(layout, p.Name, p.Roles)
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	flush, err := c.tell(ctx, p.Roles)
	if err != nil {
		return err
	}
	defer flush()
	c.share = p.Share
	c.waits.Store(p.Standby || p.Share == provisioner.Suspects)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return telemetry.Serve(ctx, layout.RoleSocket(name), telemetry.Desk(c.metrics, c.checks(p.Roles)...))
	})
	if slices.Contains(p.Roles, API) {
		group.Go(func() error { return c.serveAPI(ctx) })
	}
	if slices.Contains(p.Roles, Worker) {
		group.Go(func() error { return c.work(ctx, name) })
	}
	return group.Wait()
}

func openControl(ctx context.Context, layout datadir.Layout, settings datadir.Settings, connections int32, log *slog.Logger) (*control, error) {
	url, err := secretFile(layout.ControlDatabase())
	if err != nil {
		return nil, err
	}
	pool, err := db.Open(ctx, url, connections)
	if err != nil {
		return nil, err
	}
	c := &control{layout: layout, settings: settings, pool: pool, log: log}
	if err := c.wire(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return c, nil
}

func (c *control) wire(ctx context.Context) (err error) {
	if err := db.Current(ctx, c.pool, tenants.Migrations()); err != nil {
		return err
	}
	if c.queue, err = jobs.NewQueue(c.pool, c.log); err != nil {
		return err
	}
	c.store = tenants.NewStore(c.pool, c.queue, c.settings.BaseDomain)
	if c.keys, err = keyring.Open(c.layout.ControlKeys()); err != nil {
		return err
	}
	seed, err := c.key("control-signing")
	if err != nil {
		return err
	}
	c.signer = provisioner.NewSigner(seed)
	if seed, err = c.key(datadir.AuditKey); err != nil {
		return err
	}
	c.auditKey = ed25519.NewKeyFromSeed(seed[:])
	if c.sealing, err = c.key("control-sealing"); err != nil {
		return err
	}
	if c.networks, err = egress.ParseNetworks(c.settings.Webhooks); err != nil {
		return fmt.Errorf("read the networks that webhooks may go to: %w", err)
	}
	if c.tlsKey, err = c.key("tls-authority"); err != nil {
		return err
	}
	if seed, err = c.key("certificates"); err != nil {
		return err
	}
	c.certificates = ed25519.NewKeyFromSeed(seed[:])
	if c.names, err = resolver.New(c.settings.Resolver); err != nil {
		return err
	}
	c.edge, err = publicAddress(c.settings)
	return err
}

// key returns a key of the control plane's keyring, which is made when it is first asked for.
func (c *control) key(name string) (key [32]byte, err error) {
	raw, err := c.keys.Create(name)
	if err != nil {
		return key, err
	}
	copy(key[:], raw)
	return key, nil
}

// secretFile reads a file that holds one secret. The error names the file and never what is in it.
func secretFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
