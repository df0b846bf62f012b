package users

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	freeAttempts = 10
	longestLock  = 5 * time.Minute
)

// Login finds the user whose name or address, and password, these are. All that fails reads the same, so that
// nobody learns which accounts exist.
func (d *Directory) Login(ctx context.Context, login string, user id.ID, password string) (dbsql.User, error) {
	u, err := d.byLogin(ctx, login, user)
	if err != nil && !store.Missing(err) {
		return u, err
	}
	now := d.Now.Millis()
	if locked(u, now) {
		return u, fault.New(http.StatusUnauthorized, "api.user.check_user_login_attempts.too_many.app_error",
			"This account is locked for a while because of too many failed attempts.")
	}
	if u.IsBot {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.bot_login_forbidden.app_error", "Nobody signs in as a bot; programs do by an access token.")
	}
	ok, err := matches(ctx, u.PasswordHash, password)
	if err != nil {
		return u, err
	}
	if !ok {
		if !u.ID.IsZero() {
			err = d.DB.NoteFailedLogin(ctx, dbsql.NoteFailedLoginParams{ID: u.ID, Now: now})
		}
		if err != nil {
			return u, err
		}
		return u, fault.New(http.StatusUnauthorized, "api.user.login.invalid_credentials_email_username", "Enter a valid email or username and/or password.")
	}
	if u.DeleteAt > 0 {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.inactive.app_error", "This account is deactivated; ask an administrator.")
	}
	if d.Confirmed && !u.EmailVerified {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.not_verified.app_error", "Confirm your e-mail address first, by the link that was mailed to you.")
	}
	return u, d.DB.NoteLogin(ctx, dbsql.NoteLoginParams{ID: u.ID, Now: now})
}

func (d *Directory) byLogin(ctx context.Context, login string, user id.ID) (dbsql.User, error) {
	if !user.IsZero() {
		return d.DB.UserByID(ctx, user)
	}
	return d.DB.UserByLogin(ctx, login)
}

// locked doubles the wait with every failure after the free ones.
func locked(u dbsql.User, now int64) bool {
	if u.FailedAttempts < freeAttempts {
		return false
	}
	wait := longestLock
	if over := u.FailedAttempts - freeAttempts; over < 8 {
		wait = time.Second << over
	}
	return now < u.LastFailureAt+wait.Milliseconds()
}
