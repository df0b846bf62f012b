// Package up is `longhouse up`: everything of Longhouse on this machine, as children of one supervisor. It makes what
// the parts need, starts them in order, and says where to go; it never does a part's work.
package up

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/internal/resolver"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Options are what a person may choose.
type Options struct {
	Data       string        // the data directory
	BaseDomain string        // workspaces are <slug>.<base domain>
	HTTP       string        // host:port of the edge; port 0: one is chosen and kept
	HTTPS      string        // the same with TLS; empty: without it
	API        string        // host:port of the API; port 0: one is chosen and kept
	Metrics    string        // host:port on which figures are shown; port 0: one is chosen and kept
	Traces     string        // where spans go; empty: nowhere
	UIDBase    int           // first user id of the parts, as root
	Blanks     int           // storages made ahead of need
	Canaries   time.Duration // how often two workspaces of our own try to get at each other; 0: never
	Lease      time.Duration // how long a worker that died keeps an operation
	IdleAfter  string        // after how long without use workspaces hibernate, by plan
	Webhooks   string        // networks that webhooks may go to beside the public internet
	Server     string        // the workspace-server binary; empty: the one beside this program
	NoWorker   bool          // leave the workers to somebody else

	BackupsKept int // for how many days backups of the control plane are kept; 0: nobody says

	AccessLogDays int // for how many days lines of the access log are kept; 0: as many as usual

	Internet string // networks that workspaces may be connected to beside the public internet, once their releases ask for that

	TrustedProxies  string // networks of the servers in front of the edge that are believed
	ForwardedHeader string // in which header
	ProxyProtocol   bool   // whether they begin connections with one of the PROXY protocol

	WorkspaceRate        string // how many requests a second one workspace gets, by plan; empty: as is usual
	AddressRate          string // and one address of it
	WorkspaceConnections string // and how many connections

	ACMEDirectory string // who issues TLS certificates; empty: the local authority
	ACMEEmail     string // of the account there
	ACMERoots     string // file of the roots by which the issuer is known; empty: those of the system
	RedirectHTTPS bool   // send who comes in plain to https
	HTTP3         bool   // with HTTPS: offer HTTP/3, too

	HSTS string // for how long browsers that came by https come by nothing else; empty: a year with an ACME issuer, else 0

	ACMEDNSServer  string // host:port of a DNS server that takes updates; empty: each host has a certificate of its own
	ACMEDNSZone    string // which it takes them for
	ACMEDNSKeyFile string // what signs them

	ACMELimits tenants.TLSLimits // what issuers are asked for at the most

	PushProxy string // through which workspaces tell phones; empty: they don't

	Resolver string // who is asked about customers' domains, host:port; empty: the system's resolvers

	EmptyCell        bool // make the cell's databases anew where they are gone
	RequireIsolation bool // don't start where a border between instances is missing
}

// DefaultData is where the data is unless somebody chooses: a place that other users may pass through when the parts
// have user ids of their own.
func DefaultData() string {
	if datadir.AsRoot() {
		return "/var/lib/longhouse"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "/var/lib/longhouse"
	}
	return filepath.Join(home, ".local", "share", "longhouse")
}

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Validate returns an error that names the option, its value and what is allowed.
func (o Options) Validate() error {
	addresses := map[string]string{"--http": o.HTTP, "--api": o.API, "--metrics": o.Metrics}
	if o.HTTPS != "" {
		addresses["--https"] = o.HTTPS
	}
	for flag, address := range addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("%s %q: must be host:port, such as 127.0.0.1:8065, where port 0 chooses one", flag, address)
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return fmt.Errorf("%s %q: the port must be a number from 0 to 65535", flag, address)
		}
		if host != "localhost" && host != "" && net.ParseIP(host) == nil {
			return fmt.Errorf("%s %q: the host must be an IP address or localhost", flag, address)
		}
	}
	if err := o.validateTLS(); err != nil {
		return err
	}
	if err := telemetry.CheckEndpoint(o.Traces); err != nil {
		return fmt.Errorf("--traces %q: %w", o.Traces, err)
	}
	if _, err := tenants.ParseIdleTimes(o.IdleAfter); err != nil {
		return fmt.Errorf("--idle-after %q: %w", o.IdleAfter, err)
	}
	if _, err := egress.ParseNetworks(o.Webhooks); err != nil {
		return fmt.Errorf("--webhooks %q: %w", o.Webhooks, err)
	}
	if _, err := egress.ParseNetworks(o.Internet); err != nil {
		return fmt.Errorf("--internet %q: %w", o.Internet, err)
	}
	if _, err := serve.Trust(o.TrustedProxies, o.ForwardedHeader, o.ProxyProtocol); err != nil {
		return err
	}
	if err := o.validateBounds(); err != nil {
		return err
	}
	if _, err := resolver.New(o.Resolver); err != nil {
		return fmt.Errorf("--resolver: %w", err)
	}
	if !isPushProxy(o.PushProxy) {
		return fmt.Errorf("--push-proxy %q: must be an http:// or https:// address without a user, a query and a fragment, such as https://push.example.com", o.PushProxy)
	}
	switch {
	case clash(o.HTTP, o.API):
		return fmt.Errorf("--http %q and --api %q: must have ports of their own", o.HTTP, o.API)
	case len(o.BaseDomain) > 180 || !domainForm.MatchString(o.BaseDomain):
		return fmt.Errorf("--base-domain %q: must be a lower-case domain name, such as longhouse.localhost", o.BaseDomain)
	case o.Blanks < 0 || o.Blanks > 1000:
		return fmt.Errorf("--blanks %d: must be from 0 to 1000", o.Blanks)
	case o.Lease < 100*time.Millisecond || o.Lease > 10*time.Minute:
		return fmt.Errorf("--lease %s: must be from 100ms to 10m", o.Lease)
	case o.Canaries != 0 && (o.Canaries < time.Second || o.Canaries > 24*time.Hour):
		return fmt.Errorf("--canaries %s: must be 0, or from 1s to 24h", o.Canaries)
	case o.UIDBase < 1000 || o.UIDBase > 2_000_000_000:
		return fmt.Errorf("--uid-base %d: must be from 1000 to 2000000000", o.UIDBase)
	}
	return o.validateDays()
}

// validateDays checks for how long things are kept.
func (o Options) validateDays() error {
	switch {
	case o.BackupsKept < 0 || o.BackupsKept > 3650:
		return fmt.Errorf("--backups-kept %d: must be a number of days from 1 to 3650, or 0, which says nothing", o.BackupsKept)
	case o.AccessLogDays < 0 || o.AccessLogDays > 3650:
		return fmt.Errorf("--access-log-days %d: must be from 1 to 3650, or 0, which is %d", o.AccessLogDays, datadir.UsualAccessLogDays)
	}
	return nil
}

func (o Options) validateBounds() error {
	for flag, text := range map[string]string{"--workspace-rate": o.WorkspaceRate, "--address-rate": o.AddressRate, "--workspace-connections": o.WorkspaceConnections} {
		if _, err := tenants.ParseBounds(text, tenants.UsualConnections); err != nil {
			return fmt.Errorf("%s %q: %w", flag, text, err)
		}
	}
	return nil
}

func isPushProxy(text string) bool {
	u, err := url.Parse(text)
	return text == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && !strings.ContainsAny(text, "?#")
}

// clash reports whether nobody could listen on both.
func clash(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	every := func(host string) bool { return host == "" || net.ParseIP(host).IsUnspecified() }
	return portA == portB && portA != "0" && (hostA == hostB || every(hostA) || every(hostB))
}
