package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

// upCommand runs everything on this machine.
func upCommand() *cobra.Command {
	var o up.Options
	var verbose bool
	c := &cobra.Command{
		Use:   "up",
		Short: "Run all of Longhouse on this machine, until Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			data, err := filepath.Abs(o.Data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", o.Data, err)
			}
			o.Data = data
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			level := slog.LevelWarn
			if verbose {
				level = slog.LevelInfo
			}
			log := slog.New(slog.NewJSONHandler(c.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			handOver := make(chan os.Signal, 1)
			signal.Notify(handOver, upgradeSignal)
			return up.Run(ctx, o, func(a up.Announcement) { greet(c.OutOrStdout(), a) }, handOver, log)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "directory that keeps everything")
	f.StringVar(&o.BaseDomain, "base-domain", fromEnvironment("LONGHOUSE_BASE_DOMAIN", "longhouse.localhost"), "workspaces are <slug>.<this>")
	f.StringVar(&o.HTTP, "http", fromEnvironment("LONGHOUSE_HTTP", "127.0.0.1:8065"), "host:port for workspaces; port 0 chooses one and keeps it")
	tlsFlags(f, &o)
	f.StringVar(&o.API, "api", fromEnvironment("LONGHOUSE_API_LISTEN", "127.0.0.1:8064"), "host:port for sign-up, console and API; port 0 chooses one and keeps it")
	f.StringVar(&o.Metrics, "metrics", fromEnvironment("LONGHOUSE_METRICS", "127.0.0.1:0"), "host:port for Prometheus; port 0 chooses one and keeps it")
	f.StringVar(&o.Traces, "traces", fromEnvironment("LONGHOUSE_TRACES", ""), "where spans go: the address of an OpenTelemetry collector's OTLP receiver over HTTP")
	f.IntVar(&o.UIDBase, "uid-base", datadir.DefaultUIDBase, "first of the user ids that parts and workspaces run under, as root")
	f.IntVar(&o.Blanks, "blanks", 4, "databases and buckets made ahead, so that sign-up takes about a second")
	f.DurationVar(&o.Canaries, "canaries", time.Minute, "how often two workspaces of Longhouse's own try to get at each other; 0: never")
	f.DurationVar(&o.Lease, "lease", 10*time.Second, "how long a worker that died keeps its operation")
	f.StringVar(&o.IdleAfter, "idle-after", fromEnvironment("LONGHOUSE_IDLE_AFTER", ""), "after how long without use workspaces hibernate, or never; by plan as in 1h,free=10m,enterprise=never (default 30m)")
	f.IntVar(&o.BackupsKept, "backups-kept", 0, "for how many days you keep backups of the control plane, for certificates of deletions to tell; 0: they tell that nobody said")
	f.IntVar(&o.AccessLogDays, "access-log-days", datadir.UsualAccessLogDays, "for how many days it is kept what was asked of workspaces, and by which address")
	f.StringVar(&o.Webhooks, "webhooks", fromEnvironment("LONGHOUSE_WEBHOOKS", ""), "networks that webhooks may go to beside the public internet, as in 10.1.0.0/16,10.2.0.0/16; they may go there without encryption")
	f.StringVar(&o.Internet, "internet", fromEnvironment("LONGHOUSE_INTERNET", ""), "networks that workspaces may be connected to beside the public internet, as in 10.1.0.0/16,10.2.0.0/16, once their release asks for the internet")
	f.StringVar(&o.TrustedProxies, "trusted-proxies", fromEnvironment("LONGHOUSE_TRUSTED_PROXIES", ""), "networks of the load balancers in front of the edge, as in 10.1.0.0/16, that are believed about who a client is, by one or both of the next two")
	f.StringVar(&o.ForwardedHeader, "forwarded-header", fromEnvironment("LONGHOUSE_FORWARDED_HEADER", ""), "the header in which they say it: X-Forwarded-For (with X-Forwarded-Proto) or Forwarded")
	f.BoolVar(&o.ProxyProtocol, "proxy-protocol", false, "they begin each connection with a header of the PROXY protocol, version 2")
	f.StringVar(&o.WorkspaceRate, "workspace-rate", fromEnvironment("LONGHOUSE_WORKSPACE_RATE", ""), "how many requests a second one workspace gets, by plan as in 500,free=100; twenty seconds' worth may come at once; 0: as many as come (default "+usual(tenants.UsualWorkspaceRates)+")")
	f.StringVar(&o.AddressRate, "address-rate", fromEnvironment("LONGHOUSE_ADDRESS_RATE", ""), "the same, of one client's address, of IPv6 its /64 (default "+usual(tenants.UsualAddressRates)+")")
	f.StringVar(&o.WorkspaceConnections, "workspace-connections", fromEnvironment("LONGHOUSE_WORKSPACE_CONNECTIONS", ""), "how many web sockets and requests one workspace may have open at a time, in the same form (default "+usual(tenants.UsualConnections)+")")
	f.StringVar(&o.Resolver, "resolver", fromEnvironment("LONGHOUSE_RESOLVER", ""), "host:port of the DNS resolver that is asked about the domains that customers bring; empty: those of the system")
	f.StringVar(&o.PushProxy, "push-proxy", fromEnvironment("LONGHOUSE_PUSH_PROXY", ""), "address of the push proxy through which workspaces tell phones of posts, as in https://push.example.com; empty: they are told none")
	f.StringVar(&o.Server, "workspace-server", "", "the server that workspaces run (default: the one beside this program)")
	f.BoolVar(&o.NoWorker, "no-worker", false, "don't run workers; somebody else runs `longhouse serve --roles worker`")
	f.BoolVar(&o.EmptyCell, "empty-cell", false, "where the databases of the cell are gone that workspaces keep their data in, make empty ones instead of refusing to start")
	f.BoolVar(&o.RequireIsolation, "require-isolation", false, "refuse to start on a machine that lacks a border between workspaces; see `longhouse isolation`")
	f.BoolVarP(&verbose, "verbose", "v", false, "log what is started and adopted")
	return c
}

// usual shows bounds as they are said.
func usual(b tenants.Bounds) string {
	return fmt.Sprintf("%d,free=%d,enterprise=%d", b[tenants.Professional], b[tenants.Free], b[tenants.Enterprise])
}

// tlsFlags are those of https.
func tlsFlags(f *pflag.FlagSet, o *up.Options) {
	f.StringVar(&o.HTTPS, "https", fromEnvironment("LONGHOUSE_HTTPS", ""), "host:port for workspaces with TLS; port 0 chooses one and keeps it; empty: without TLS")
	f.BoolVar(&o.HTTP3, "http3", true, "with --https: offer HTTP/3 too, at the UDP port of the same number; not with --proxy-protocol")
	f.BoolVar(&o.RedirectHTTPS, "redirect-https", false, "with --https: send who comes to --http there")
	f.StringVar(&o.HSTS, "hsts", fromEnvironment("LONGHOUSE_HSTS", ""), "with --https: for how long browsers that came by it come by nothing else, as in 8760h; empty: a year with --acme-directory, else 0")
	f.StringVar(&o.ACMEDirectory, "acme-directory", fromEnvironment("LONGHOUSE_ACME_DIRECTORY", ""), "with --https: who issues certificates, as in https://acme-v02.api.letsencrypt.org/directory; empty: Longhouse itself, see `longhouse trust`")
	f.StringVar(&o.ACMEEmail, "acme-email", fromEnvironment("LONGHOUSE_ACME_EMAIL", ""), "whom the issuer tells of trouble")
	f.StringVar(&o.ACMERoots, "acme-roots", fromEnvironment("LONGHOUSE_ACME_ROOTS", ""), "PEM file, readable for everybody, of the roots by which the issuer is known; empty: those of the system")
	f.StringVar(&o.ACMEDNSServer, "acme-dns-rfc2136", fromEnvironment("LONGHOUSE_ACME_DNS_RFC2136", ""), "host:port of a DNS server that takes updates, by which all workspaces right under the base domain share one certificate; empty: each has its own")
	f.StringVar(&o.ACMEDNSZone, "acme-dns-zone", fromEnvironment("LONGHOUSE_ACME_DNS_ZONE", ""), "the zone there that has the base domain, as in example.com")
	f.StringVar(&o.ACMEDNSKeyFile, "acme-dns-key-file", fromEnvironment("LONGHOUSE_ACME_DNS_KEY_FILE", ""), "file with the key that signs the updates, as `tsig-keygen` of BIND writes it")
	usual := tenants.UsualTLSLimits
	f.IntVar(&o.ACMELimits.PerDomain, "acme-per-domain", usual.PerDomain, "how many hosts under one registered domain may get their first certificate of the issuer in 7 days; 0: all")
	f.IntVar(&o.ACMELimits.PerWorkspace, "acme-per-workspace", usual.PerWorkspace, "the same for hosts of one workspace")
	f.IntVar(&o.ACMELimits.PerHost, "acme-per-host", usual.PerHost, "how many certificates one host may get of the issuer in 7 days, renewals too; 0: all")
	f.IntVar(&o.ACMELimits.Failures, "acme-failures", usual.Failures, "how often the issuer is asked in vain for one host in an hour; 0: as often as it may be")
}

func greet(out io.Writer, a up.Announcement) {
	workspaces := "http://<name>." + a.BaseDomain + strings.TrimSuffix(portOf(a.Edge.HTTP), ":80")
	if a.Edge.HTTPS != "" {
		workspaces = "https://<name>." + a.BaseDomain + strings.TrimSuffix(portOf(a.Edge.HTTPS), ":443")
	}
	_, _ = fmt.Fprintf(out, "Longhouse is up.\n\n  sign up     %s/\n  workspaces  %s/\n  mail        %s/\n  metrics     %s\n\n%sCtrl-C stops it and loses nothing.\n",
		a.API, workspaces, a.Mail, a.Metrics, weaker())
}

func portOf(address string) string { return address[strings.LastIndex(address, ":"):] }

// weaker says what is missing without root, as nobody may take this mode for the other.
func weaker() string {
	if datadir.AsRoot() {
		return ""
	}
	return "Not root: all workspaces run as you. Databases, buckets and keys keep them apart; processes only as far as `longhouse isolation` says.\n\n"
}

// fromEnvironment is the default of a flag: a variable, else what is built in.
func fromEnvironment(name, builtIn string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return builtIn
}
