package up

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// secured is a good choice with TLS.
func secured() Options {
	o := good()
	o.HTTPS = "127.0.0.1:0"
	return o
}

func TestOptionsOfTLSAreChecked(t *testing.T) {
	t.Parallel()
	must(t, secured().Validate())
	o := secured()
	o.ACMEDirectory, o.ACMEEmail, o.ACMERoots, o.RedirectHTTPS = "https://ca.example/dir", "ops@example.com", "/roots.pem", true
	must(t, o.Validate())
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.HTTPS = "8443" }, `--https "8443": must be host:port`},
		{func(o *Options) { o.HTTPS, o.HTTP = "127.0.0.1:80", ":80" }, "must have ports of their own"},
		{func(o *Options) { o.HTTPS, o.API = "127.0.0.1:80", ":80" }, "must have ports of their own"},
		{func(o *Options) { o.HTTPS, o.RedirectHTTPS = "", true }, "of no use without --https"},
		{func(o *Options) { o.HTTPS, o.ACMEEmail = "", "ops@example.com" }, "of no use without --https"},
		{func(o *Options) { o.HSTS = "a year" }, `--hsts "a year": must be whole seconds`},
		{func(o *Options) { o.ACMELimits.PerHost = -1 }, "--acme-per-domain, --acme-per-workspace, --acme-per-host, --acme-failures: a limit of what issuers of TLS certificates are asked for is -1"},
		{func(o *Options) {
			o.ACMEDirectory, o.ACMEEmail, o.ACMEDNSServer, o.ACMEDNSKeyFile = "https://ca.example/dir", "ops@example.com", "ns1.example:53", "/key"
		}, `DNS zone "" for updates`},
		{func(o *Options) {
			o.ACMEDirectory, o.ACMEEmail, o.ACMEDNSServer, o.ACMEDNSZone, o.ACMEDNSKeyFile = "https://ca.example/dir", "ops@example.com", "ns1.example:53", "house.localhost", "/key"
		}, `--acme-dns-zone "house.localhost": must be the zone that has --base-domain longhouse.localhost`},
		{func(o *Options) { o.ACMEDirectory = "http://ca.example" }, `ACME directory "http://ca.example": allowed is an https URL`},
	} {
		o := secured()
		c.change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: err = %v, want %s", o, err, c.want)
		}
	}
}

func TestThePortForTLSIsChosenOnceAndOnlyWhereItIsWanted(t *testing.T) {
	t.Parallel()
	l := directory(t)
	plain, _, err := settle(good(), l)
	must(t, err)
	must(t, l.WriteSettings(plain))
	if plain.EdgeHTTPS != "" || plain.EdgeSecureAddress() != "" {
		t.Errorf("without --https: %+v", plain)
	}
	first, _, err := settle(secured(), l)
	must(t, err)
	if _, port, err := net.SplitHostPort(first.EdgeHTTPS); err != nil || port == "0" || first.EdgeHTTP != plain.EdgeHTTP || first.EdgeSecureAddress() != first.EdgeHTTPS {
		t.Errorf("%+v, %v", first, err)
	}
	must(t, l.WriteSettings(first))
	again, _, err := settle(secured(), l)
	must(t, err)
	if again != first {
		t.Errorf("then %+v, first %+v", again, first)
	}
}

// What is not wanted is written down, and nothing else: the release before reads no setting that it doesn't know.
func TestHTTP3IsOfferedBesideHTTPSUnlessSomebodyTurnsItOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options func() Options
		http3   bool
		off     bool
	}{{good, true, false}, {good, false, false}, {secured, true, false}, {secured, false, true}} {
		o := c.options()
		o.HTTP3 = c.http3
		now, _, err := settle(o, directory(t))
		must(t, err)
		if now.NoHTTP3 != c.off {
			t.Errorf("--https %q --http3=%t: %+v", o.HTTPS, o.HTTP3, now)
		}
	}
}

func TestAnEdgeIsReplacedWhereItsTLSChanges(t *testing.T) {
	t.Parallel()
	before := edgeSettings(datadir.Settings{})
	for _, s := range []datadir.Settings{{EdgeHTTPS: "a:3"}, {ACMEDirectory: "https://ca.example"}, {ACMEEmail: "ops@example.com"}, {ACMERoots: "/roots.pem"}, {RedirectHTTPS: true}, {ACMEDNSServer: "ns1.example:53"}, {ACMEDNSZone: "example.com"},
		{HSTS: datadir.Duration{Duration: time.Hour}}, {NoHTTP3: true}} {
		if edgeSettings(s) == before {
			t.Errorf("%+v makes no difference", s)
		}
	}
}

func TestTheEdgeGetsTheKeyForDNSUpdates(t *testing.T) {
	t.Parallel()
	l, o := directory(t), secured()
	must(t, keepDNSKey(o, l)) // there is none
	must(t, os.MkdirAll(filepath.Dir(l.EdgeDNSKey()), 0o700))
	o.ACMEDNSKeyFile = filepath.Join(t.TempDir(), "key")
	key := `key "edge" { algorithm hmac-sha256; secret "c2VjcmV0IHNlY3JldCE="; };`
	must(t, os.WriteFile(o.ACMEDNSKeyFile, []byte(key), 0o600))
	must(t, keepDNSKey(o, l))
	if got, err := os.ReadFile(l.EdgeDNSKey()); err != nil || string(got) != key {
		t.Errorf("%q, %v", got, err)
	}
	must(t, os.WriteFile(o.ACMEDNSKeyFile, []byte("c2VjcmV0IHNlY3JldCE="), 0o600))
	if err := keepDNSKey(o, l); err == nil || strings.Contains(err.Error(), "c2Vj") || !strings.Contains(err.Error(), o.ACMEDNSKeyFile) {
		t.Errorf("err = %v", err)
	}
}

func TestBrowsersAreHeldToHTTPSWhereAnyoneTrustsTheIssuer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		https, directory, hsts string
		want                   time.Duration
	}{
		{"", "", "", 0}, {"127.0.0.1:0", "", "", 0}, {"127.0.0.1:0", "https://ca.example/dir", "", usualHSTS},
		{"127.0.0.1:0", "https://ca.example/dir", "0", 0}, {"127.0.0.1:0", "", "1h", time.Hour},
	} {
		got, err := Options{HTTPS: c.https, ACMEDirectory: c.directory, HSTS: c.hsts}.hsts()
		if err != nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}
