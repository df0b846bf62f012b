package users

import (
	"context"
	"net/http"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// bcryptCost is the binary logarithm of the rounds. Only what `go test` builds, which signs thousands in, has hashes for less.
var bcryptCost = func() int {
	if testing.Testing() {
		return bcrypt.MinCost
	}
	return 10
}()

// hash refuses a password that is not as the workspace wants it.
func (d *Directory) hash(ctx context.Context, password string) (*string, error) {
	if err := d.acceptable(password); err != nil {
		return nil, err
	}
	if err := hashing.take(ctx); err != nil {
		return nil, err
	}
	defer hashing.give()
	sum, err := bcrypt.GenerateFromPassword([]byte(password), bcryptCost)
	if err != nil {
		return nil, err
	}
	text := string(sum)
	return &text, nil
}

// nobody's hash is compared when there is no account or no password, so that the answer takes as long.
const nobody = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func matches(ctx context.Context, sum *string, password string) (bool, error) {
	if err := hashing.take(ctx); err != nil {
		return false, err
	}
	defer hashing.give()
	return compare(sum, password), nil
}

func compare(sum *string, password string) bool {
	if sum == nil {
		_ = bcrypt.CompareHashAndPassword([]byte(nobody), []byte(password))
		return false
	}
	return bcrypt.CompareHashAndPassword([]byte(*sum), []byte(password)) == nil
}

// ChangePassword sets a user's own password. The current one is asked for unless none was ever set.
func (d *Directory) ChangePassword(ctx context.Context, user id.ID, current, next string) error {
	u, err := d.Get(ctx, user)
	if err != nil {
		return err
	}
	if u.PasswordHash != nil {
		ok, err := matches(ctx, u.PasswordHash, current)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(http.StatusBadRequest, "api.user.update_password.incorrect.app_error", "The current password is incorrect.")
		}
		return d.ResetPassword(ctx, user, next)
	}
	sum, err := d.hash(ctx, next)
	if err != nil {
		return err
	}
	n, err := d.DB.SetFirstPassword(ctx, dbsql.SetFirstPasswordParams{ID: user, PasswordHash: sum, Now: d.Now.Millis()})
	if err == nil && n == 0 {
		return fault.New(http.StatusBadRequest, "api.user.update_password.incorrect.app_error", "The current password is required.")
	}
	return err
}

// ResetPassword sets a password without asking for the current one.
func (d *Directory) ResetPassword(ctx context.Context, user id.ID, next string) error {
	sum, err := d.hash(ctx, next)
	if err != nil {
		return err
	}
	return d.DB.SetPassword(ctx, dbsql.SetPasswordParams{ID: user, PasswordHash: sum, Now: d.Now.Millis()})
}
