package serve

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants"
)

func (c *control) serveAPI(ctx context.Context) error {
	server, err := c.apiServer()
	if err != nil {
		return err
	}
	l, err := listener(ctx, c.settings.API)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, l) })
	group.Go(func() error { return telemetry.Serve(ctx, c.layout.WorkspacesSocket(), server.Workspaces()) })
	return group.Wait()
}

func (c *control) apiServer() (*controlplane.Server, error) {
	text, err := secretFile(c.layout.EdgeTokenHash())
	if err != nil {
		return nil, err
	}
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(text)); err != nil || n != len(hash) {
		return nil, fmt.Errorf("%s does not hold a SHA-256 in hexadecimal", c.layout.EdgeTokenHash())
	}
	return controlplane.New(controlplane.Config{
		AuditKey: c.auditKey, CertificateKey: c.certificates.Public().(ed25519.PublicKey), Archive: &archived{control: c},
		Store: c.store, Pool: c.pool, Opener: provisioner.NewOpener(c.pool, c.store, c.signer, c.edge),
		Steps:        provisioner.StepNames,
		WorkspaceURL: func(slug string) string { return c.edge.URL(c.store.Host(slug)) },
		TLSLimits: tenants.TLSLimits{PerDomain: c.settings.ACMEPerDomain, PerWorkspace: c.settings.ACMEPerWorkspace, PerHost: c.settings.ACMEPerHost,
			Failures: c.settings.ACMEFailures},
		AccessLog: accessLog{c}, AccessLogDays: c.settings.AccessLogKept(),
		ControlKey: c.sealing, TLSKey: c.tlsKey, Networks: c.networks, Addresses: c.names.Addresses, EdgeTokenHash: hash, Log: c.log.With("role", "api"), Metrics: c.metrics, Traces: c.traces,
	})
}
