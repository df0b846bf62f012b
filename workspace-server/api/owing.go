package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// owing is who has signed in without the second factor that they need.
type owing struct {
	session dbsql.Session
	user    dbsql.User
}

// errOwing is a 403, by which clients lead to where one is set up; they take a 401 for the end of their session.
var errOwing = fault.New(http.StatusForbidden, "api.context.mfa_required.app_error", "This workspace wants a second factor of you: set it up first.")

// stranger is why a request of nobody is refused.
func (r *Request) stranger() error {
	if r.owing != nil {
		return errOwing
	}
	return fault.Unauthenticated()
}

// letOwing takes who owes a second factor for who they are.
func (r *Request) letOwing() {
	if r.owing != nil {
		r.Session, r.User = r.owing.session, r.owing.user
	}
}

// evenOwing lets also in who owes a second factor, to what is about themselves: an admin has no say about others before.
func evenOwing(rule Rule) Rule {
	return func(a *API, r *Request) error {
		r.letOwing()
		if err := rule(a, r); err != nil || r.owing == nil {
			return err
		}
		if user, err := r.ID("user_id"); err != nil || user != r.User.ID {
			return errOwing
		}
		return nil
	}
}

// firstPassword lets also in who owes a second factor and has no password: no client lets them in without one, to set the other up.
func firstPassword(rule Rule) Rule {
	return func(a *API, r *Request) error {
		if r.owing != nil && r.owing.user.PasswordHash == nil {
			return evenOwing(rule)(a, r)
		}
		return rule(a, r)
	}
}
