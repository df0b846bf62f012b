package up

import (
	"errors"
	"fmt"

	"github.com/longhouse-dev/longhouse/edge/certs"
)

// validateTLS returns an error that names the option, its value and what is allowed.
func (o Options) validateTLS() error {
	if err := o.ACMELimits.Validate(); err != nil {
		return fmt.Errorf("--acme-per-domain, --acme-per-workspace, --acme-per-host, --acme-failures: %w", err)
	}
	acme := certs.ACME{Directory: o.ACMEDirectory, Email: o.ACMEEmail, RootsFile: o.ACMERoots}
	switch {
	case o.HTTPS == "" && (o.RedirectHTTPS || acme != certs.ACME{}):
		return errors.New("--redirect-https and --acme-...: are of no use without --https")
	case o.HTTPS == "":
		return nil
	case clash(o.HTTPS, o.HTTP), clash(o.HTTPS, o.API):
		return fmt.Errorf("--https %q, --http %q and --api %q: must have ports of their own", o.HTTPS, o.HTTP, o.API)
	}
	if err := acme.Validate(); err != nil {
		return fmt.Errorf("--acme-directory, --acme-email, --acme-roots: %w", err)
	}
	return nil
}
