package up

import (
	"errors"
	"fmt"
	"os"
	"strings"

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
	case o.HTTPS == "" && (o.RedirectHTTPS || acme != certs.ACME{}):
		return errors.New("--redirect-https and --acme-...: are of no use without --https")
	case o.HTTPS == "":
		return nil
	case clash(o.HTTPS, o.HTTP), clash(o.HTTPS, o.API):
		return fmt.Errorf("--https %q, --http %q and --api %q: must have ports of their own", o.HTTPS, o.HTTP, o.API)
	}
	if err := acme.Validate(); err != nil {
		return fmt.Errorf("--acme-...: %w", err)
	}
	if zone := strings.TrimSuffix(o.ACMEDNSZone, "."); zone != "" && o.BaseDomain != zone && !strings.HasSuffix(o.BaseDomain, "."+zone) {
		return fmt.Errorf("--acme-dns-zone %q: must be the zone that has --base-domain %s", o.ACMEDNSZone, o.BaseDomain)
	}
	return nil
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
