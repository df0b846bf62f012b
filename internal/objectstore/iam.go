package objectstore

import (
	"errors"

	"github.com/versity/versitygw/auth"
)

// errAdminElsewhere answers versitygw's own administration, which is shut: everything goes over the admin socket.
var errAdminElsewhere = errors.New("credentials are managed over the admin socket only")

var _ auth.IAMService = (*credentials)(nil)

// ResolveAccounts implements auth.IAMService.
func (c *credentials) ResolveAccounts(access []string) (missing []string, err error) {
	for _, a := range access {
		if _, err := c.GetUserAccount(a); err != nil {
			missing = append(missing, a)
		}
	}
	return missing, nil
}

// CreateAccount implements auth.IAMService.
func (c *credentials) CreateAccount(auth.Account) error { return errAdminElsewhere }

// UpdateUserAccount implements auth.IAMService.
func (c *credentials) UpdateUserAccount(string, auth.MutableProps) error { return errAdminElsewhere }

// DeleteUserAccount implements auth.IAMService.
func (c *credentials) DeleteUserAccount(string) error { return errAdminElsewhere }

// ListUserAccounts implements auth.IAMService.
func (c *credentials) ListUserAccounts() ([]auth.Account, error) { return nil, errAdminElsewhere }

// Shutdown implements auth.IAMService.
func (c *credentials) Shutdown() error { return nil }
