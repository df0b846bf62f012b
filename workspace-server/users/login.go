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
// nobody learns which accounts exist. Open runs in the transaction that notes the login: whoever changes the password after that ends what it opens.
func (d *Directory) Login(ctx context.Context, login string, user id.ID, password, code string, open func(context.Context, *dbsql.Queries, dbsql.User) error) (dbsql.User, error) {
	u, err := d.byLogin(ctx, login, user)
	if err != nil && !store.Missing(err) {
		return u, err
	}
	if locked(u, d.Now.Millis()) { // before it waits for its turn
		return u, errLocked
	}
	if u.IsBot {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.bot_login_forbidden.app_error", "Nobody signs in as a bot; programs do by an access token.")
	}
	u, ok, err := d.attempt(ctx, u, password)
	if err != nil {
		return u, err
	}
	if !ok {
		return u, errCredentials
	}
	step, err := d.guess(ctx, u, code)
	if err != nil {
		return u, err
	}
	if u.DeleteAt > 0 {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.inactive.app_error", "This account is deactivated; ask an administrator.")
	}
	if u.Guest && !d.Config.Settings().Enabled.Guests {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.guest_accounts.disabled.error", "Guests are switched off in this workspace.")
	}
	if d.confirmed() && !u.EmailVerified {
		return u, fault.New(http.StatusUnauthorized, "api.user.login.not_verified.app_error", "Confirm your e-mail address first, by the link that was mailed to you.")
	}
	return u, d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		n, err := q.NoteLogin(ctx, dbsql.NoteLoginParams{ID: u.ID, PasswordHash: u.PasswordHash, SecondFactor: u.SecondFactor, Now: d.Now.Millis()})
		if err != nil {
			return err
		}
		if n == 0 {
			return errCredentials
		}
		if err := use(ctx, q, u, step); err != nil {
			return err
		}
		return open(ctx, q, u)
	})
}

var errCredentials = fault.New(http.StatusUnauthorized, "api.user.login.invalid_credentials_email_username", "Enter a valid email or username and/or password.")

var errLocked = fault.New(http.StatusUnauthorized, "api.user.check_user_login_attempts.too_many.app_error",
	"This account is locked for a while because of too many failed attempts.")

// attempt looks at the failures so far, compares, and counts another failure in one turn: many guesses at the same time are hardly more than
// those that are free. It answers the user as they are by then.
func (d *Directory) attempt(ctx context.Context, u dbsql.User, password string) (again dbsql.User, ok bool, err error) {
	if err := hashing.take(ctx); err != nil {
		return u, false, err
	}
	defer hashing.give()
	again, err = d.DB.UserByID(ctx, u.ID) // also where there is nobody, so that the answer takes as long
	if err != nil && !store.Missing(err) {
		return again, false, err
	}
	now := d.Now.Millis()
	if locked(again, now) {
		return again, false, errLocked
	}
	if compare(again.PasswordHash, password) {
		return again, true, nil
	}
	if again.ID.IsZero() {
		return again, false, nil
	}
	return again, false, d.DB.NoteFailedLogin(ctx, dbsql.NoteFailedLoginParams{ID: u.ID, Now: now})
}

// guess tells of which time the code is of who has a second factor. Who gives none yet has not failed. Wrong ones are counted one after another:
// there are few codes, and turns of hashing are as many as there are cores and instances.
func (d *Directory) guess(ctx context.Context, u dbsql.User, code string) (step int64, err error) {
	switch {
	case !u.SecondFactor:
		return 0, nil
	case code == "":
		return 0, errCodeWanted
	}
	wrong := false
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, u.ID); err != nil {
			return err
		}
		again, err := q.UserByID(ctx, u.ID)
		if err != nil {
			return err
		}
		now := d.Now.Millis()
		if locked(again, now) {
			return errLocked
		}
		step, err = d.step(ctx, q, u.ID, code)
		if wrong = fault.Is(err, errCodeWrong.ID); wrong {
			return q.NoteFailedLogin(ctx, dbsql.NoteFailedLoginParams{ID: u.ID, Now: now})
		}
		return err
	})
	if err == nil && wrong {
		err = errCodeWrong
	}
	return step, err
}

// use takes a code that somebody signs in with: no other sign-in has it.
func use(ctx context.Context, q *dbsql.Queries, u dbsql.User, step int64) error {
	if !u.SecondFactor {
		return nil
	}
	n, err := q.UseSecondFactor(ctx, dbsql.UseSecondFactorParams{UserID: u.ID, Step: step})
	if err == nil && n == 0 {
		return errCodeWrong
	}
	return err
}

// Unlock lets somebody sign in again though they failed too often.
func (d *Directory) Unlock(ctx context.Context, user id.ID) error {
	n, err := d.DB.ForgetFailedLogins(ctx, user)
	if err == nil && n == 0 {
		return fault.NotFound("user")
	}
	return err
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
