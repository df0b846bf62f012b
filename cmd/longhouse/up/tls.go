package up

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// validateTLS returns an error that names the option, its value and what is allowed.
func (o Options) validateTLS() error {
	if err := o.ACMELimits.Validate(); err != nil {
		return fmt.Errorf("--acme-per-domain, --acme-per-workspace, --acme-per-host, --acme-failures: %w", err)
	}
	acme := certs.ACME{Directory: o.ACMEDirectory, Email: o.ACMEEmail, RootsFile: o.ACMERoots,
		DNS: certs.DNS{Server: o.ACMEDNSServer, Zone: o.ACMEDNSZone, KeyFile: o.ACMEDNSKeyFile}}
	switch {
	case o.HTTPS == "" && (o.RedirectHTTPS || o.HSTS != "" || acme != certs.ACME{}):
		return errors.New("--redirect-https, --hsts and --acme-...: are of no use without --https")
	case o.HTTPS == "":
		return nil
	case clash(o.HTTPS, o.HTTP), clash(o.HTTPS, o.API):
		return fmt.Errorf("--https %q, --http %q and --api %q: must have ports of their own", o.HTTPS, o.HTTP, o.API)
	}
	if err := acme.Validate(); err != nil {
		return fmt.Errorf("--acme-...: %w", err)
	}
	if _, err := o.hsts(); err != nil {
		return err
	}
	if zone := strings.TrimSuffix(o.ACMEDNSZone, "."); zone != "" && o.BaseDomain != zone && !strings.HasSuffix(o.BaseDomain, "."+zone) {
		return fmt.Errorf("--acme-dns-zone %q: must be the zone that has --base-domain %s", o.ACMEDNSZone, o.BaseDomain)
	}
	return nil
}

// usualHSTS is what browsers' own lists ask for.
const usualHSTS = 365 * 24 * time.Hour

// hsts is off with the local authority: who does not trust its root could not go on in spite of that.
func (o Options) hsts() (time.Duration, error) {
	switch {
	case o.HSTS != "":
	case o.HTTPS != "" && o.ACMEDirectory != "":
		return usualHSTS, nil
	default:
		return 0, nil
	}
	d, err := time.ParseDuration(o.HSTS)
	if err != nil || d < 0 || d > 2*usualHSTS || d%time.Second != 0 {
		return 0, fmt.Errorf("--hsts %q: must be whole seconds from 0 to two years, as in 8760h", o.HSTS)
	}
	return d, nil
}

// keepDNSKey gives the edge the key that signs updates of the DNS zone, which it reads each time.
func keepDNSKey(o Options, layout datadir.Layout) error {
	if o.ACMEDNSKeyFile == "" {
		return nil
	}
	text, err := os.ReadFile(o.ACMEDNSKeyFile)
	if err != nil {
		return fmt.Errorf("--acme-dns-key-file: %w", err)
	}
	if err := certs.CheckTSIG(string(text)); err != nil {
		return fmt.Errorf("--acme-dns-key-file %s: %w", o.ACMEDNSKeyFile, err)
	}
	return datadir.WriteFile(layout.EdgeDNSKey(), text, 0o600, layout.EdgeUID())
}
