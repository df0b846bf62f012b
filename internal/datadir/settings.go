package datadir

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Settings are what the parts of one installation agree on. No secret is among them.
type Settings struct {
	BaseDomain string   `toml:"base_domain"`          // workspaces are <slug>.<base domain>
	EdgeHTTP   string   `toml:"edge_http"`            // host:port on which the edge serves
	EdgeHTTPS  string   `toml:"edge_https,omitempty"` // the same with TLS; empty: it doesn't
	API        string   `toml:"api"`                  // host:port on which the control plane's API serves
	S3         string   `toml:"s3"`                   // host:port on which the object store serves
	SMTP       string   `toml:"smtp"`                 // host:port on which the mail catcher takes mail
	MailHTTP   string   `toml:"mail_http"`            // host:port on which the mail catcher shows it
	UIDBase    int      `toml:"uid_base"`             // first user id of the parts
	Blanks     int      `toml:"blanks"`               // storages made ahead of need
	Canaries   Duration `toml:"canaries"`             // how often two workspaces of our own try to get at each other; 0: never
	Metrics    string   `toml:"metrics"`              // host:port on which `longhouse up` shows everybody's figures
	Traces     string   `toml:"traces"`               // where spans go: an OTLP receiver over HTTP; empty: nowhere
	Lease      Duration `toml:"lease"`                // how long a worker that died keeps an operation
	IdleAfter  string   `toml:"idle_after,omitempty"` // after how long without use workspaces hibernate, by plan; empty: 30m
	Webhooks   string   `toml:"webhooks,omitempty"`   // networks that webhooks may go to beside the public internet
	Internet   string   `toml:"internet,omitempty"`   // those that workspaces may be connected to

	PushProxy string `toml:"push_proxy,omitempty"` // through which workspaces tell phones

	TrustedProxies  string `toml:"trusted_proxies,omitempty"`  // networks of the servers in front of the edge that are believed
	ForwardedHeader string `toml:"forwarded_header,omitempty"` // in which header
	ProxyProtocol   bool   `toml:"proxy_protocol,omitempty"`   // whether they begin connections with one of the PROXY protocol

	// How many requests a second one workspace gets, and one address of it, and how many connections, by plan; empty: as is usual. Where it is one
	// number for all, the rates are in the first two, which were there before the others.
	WorkspaceRate        int    `toml:"workspace_rate,omitempty"`
	AddressRate          int    `toml:"address_rate,omitempty"`
	WorkspaceRates       string `toml:"workspace_rates,omitempty"`
	AddressRates         string `toml:"address_rates,omitempty"`
	WorkspaceConnections string `toml:"workspace_connections,omitempty"`

	// Who issues TLS certificates over ACME; without a directory the local authority does.
	ACMEDirectory string   `toml:"acme_directory,omitempty"`
	ACMEEmail     string   `toml:"acme_email,omitempty"`
	ACMERoots     string   `toml:"acme_roots,omitempty"`
	RedirectHTTPS bool     `toml:"redirect_https,omitempty"` // who comes in plain is sent to https
	NoHTTP3       bool     `toml:"no_http3,omitempty"`       // the edge doesn't offer HTTP/3 beside https
	HSTS          Duration `toml:"hsts,omitzero"`            // for how long browsers that came by https come by nothing else

	Resolver string `toml:"resolver,omitempty"` // host:port of who is asked about customers' domains; empty: those of the system

	// Where the record goes by which a certificate for all hosts under the base domain is had: a DNS server that takes updates; empty: nowhere.
	ACMEDNSServer string `toml:"acme_dns_server,omitempty"`
	ACMEDNSZone   string `toml:"acme_dns_zone,omitempty"`

	// How many it is asked for at the most, in 7 days or, of failures, in an hour; 0: as many as there are.
	ACMEPerDomain    int `toml:"acme_per_domain,omitempty"`
	ACMEPerWorkspace int `toml:"acme_per_workspace,omitempty"`
	ACMEPerHost      int `toml:"acme_per_host,omitempty"`
	ACMEFailures     int `toml:"acme_failures,omitempty"`

	BackupsKept int `toml:"backups_kept,omitempty"` // for how many days backups of the control plane are kept; 0: nobody said

	AccessLogDays int `toml:"access_log_days,omitempty"` // for how many days lines of the access log are kept; 0: as many as usual
}

// UsualAccessLogDays is for how many days lines of the access log are kept where nobody chose.
const UsualAccessLogDays = 365

// AccessLogKept is for how many days they are kept.
func (s Settings) AccessLogKept() int { return cmp.Or(s.AccessLogDays, UsualAccessLogDays) }

// EdgeAddress is the host:port by which somebody on this machine reaches the edge.
func (s Settings) EdgeAddress() string { return reachable(s.EdgeHTTP) }

// EdgeSecureAddress is the same for https; empty where the edge doesn't serve it.
func (s Settings) EdgeSecureAddress() string {
	if s.EdgeHTTPS == "" {
		return ""
	}
	return reachable(s.EdgeHTTPS)
}

// APIURL is the URL by which somebody on this machine reaches the API.
func (s Settings) APIURL() string { return "http://" + reachable(s.API) }

// MailURL is the URL by which somebody on this machine sees the mail catcher's page.
func (s Settings) MailURL() string { return "http://" + reachable(s.MailHTTP) }

// MetricsURL is the URL by which somebody on this machine sees the figures.
func (s Settings) MetricsURL() string { return "http://" + reachable(s.Metrics) + "/metrics" }

// reachable is where to connect to what listens on every address.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

// Duration is a time.Duration written as in "10s".
type Duration struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// ReadSettings reads config.toml. A setting that is not known is an error that names it; a missing file is
// os.ErrNotExist.
func (l Layout) ReadSettings() (Settings, error) {
	var s Settings
	data, err := os.ReadFile(l.SettingsFile())
	if err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	if s, err = parseSettings(data); err != nil {
		return s, fmt.Errorf("read %s: %w", l.SettingsFile(), err)
	}
	return s, nil
}

func parseSettings(data []byte) (s Settings, err error) {
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Settings{}, explain(err)
	}
	return s, nil
}

// explain names the setting at fault where go-toml only does so in its long form.
func explain(err error) error {
	if strict := (*toml.StrictMissingError)(nil); errors.As(err, &strict) && len(strict.Errors) > 0 {
		return fmt.Errorf("there is no setting %q", strings.Join(strict.Errors[0].Key(), "."))
	}
	if wrong := (*toml.DecodeError)(nil); errors.As(err, &wrong) {
		line, _ := wrong.Position()
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// WriteSettings writes config.toml for everybody to read.
func (l Layout) WriteSettings(s Settings) error {
	data, err := toml.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	return WriteFile(l.SettingsFile(), data, 0o644, os.Getuid())
}
