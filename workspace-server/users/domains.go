package users

import (
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// inDomains refuses an address outside the domains that the workspace is kept to, if it is to any.
func (d *Directory) inDomains(address string) error {
	domains := d.Config.Settings().Domains
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if len(domains) == 0 || slices.Contains(domains, domain) {
		return nil
	}
	return fault.New(http.StatusBadRequest, "api.user.create_user.accepted_domain.app_error", "Accounts in this workspace have an e-mail address of %s.", strings.Join(domains, ", "))
}
