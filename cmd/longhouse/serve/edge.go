package serve

import (
	"context"
	"log/slog"
	"os"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/edge/certs"
	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
)

func runEdge(ctx context.Context, layout datadir.Layout, settings datadir.Settings, name string, log *slog.Logger) error {
	l, err := inherited(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		name = machineName()
	}
	secure, err := inheritedAs(ctx, supervisor.SecondListenerVariable)
	if err != nil {
		return err
	}
	trust, err := Trust(settings.TrustedProxies, settings.ForwardedHeader, settings.ProxyProtocol)
	if err != nil {
		return err
	}
	rates, planRates, err := ratesOf(settings)
	if err != nil {
		return err
	}
	acme := certs.ACME{Directory: settings.ACMEDirectory, Email: settings.ACMEEmail, RootsFile: settings.ACMERoots}
	if settings.ACMEDNSServer != "" {
		acme.DNS = certs.DNS{Server: settings.ACMEDNSServer, Zone: settings.ACMEDNSZone, KeyFile: layout.EdgeDNSKey()}
	}
	return edge.Run(ctx, edge.Config{
		TLS:  edge.TLS{Listen: settings.EdgeHTTPS, Listener: secure, HTTP3: settings.EdgeHTTPS != "" && !settings.NoHTTP3, Redirect: settings.RedirectHTTPS, Strict: settings.HSTS.Duration, ACME: acme},
		Name: name, Listen: settings.EdgeHTTP, Listener: l, ControlURL: settings.APIURL(), TokenFile: layout.EdgeToken(), StateDir: layout.EdgeDir(),
		AdminSocket: layout.EdgeSocket(), BaseDomain: settings.BaseDomain, Trust: trust, Rates: rates, PlanRates: planRates, Log: log.With("role", "edge"), AccessLog: os.Stderr,
	})
}

// machineName is the host name, unless edges can't be called so.
func machineName() string {
	name, err := os.Hostname()
	if err != nil || feed.CheckName(name) != nil {
		return "edge"
	}
	return name
}
