// Package fault owns the failures that clients of the chat protocol are told about: an id that they switch on, a
// sentence for people and an HTTP status. It never carries a driver's text or a secret.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is a failure with a name in the protocol.
type Error struct {
	ID      string
	Message string
	Status  int
}

func (e *Error) Error() string { return e.ID + ": " + e.Message }

// New makes a failure with the protocol's id for it.
func New(status int, id, message string, args ...any) *Error {
	if len(args) > 0 {
		message = fmt.Sprintf(message, args...)
	}
	return &Error{ID: id, Message: message, Status: status}
}

// BadBody says which part of a request's body is wrong, and what is allowed.
func BadBody(field, allowed string) *Error {
	return New(http.StatusBadRequest, "api.context.invalid_body_param.app_error", "Invalid or missing %s in the request body: %s.", field, allowed)
}

// BadURL says which part of a request's address is wrong, and what is allowed.
func BadURL(param, allowed string) *Error {
	return New(http.StatusBadRequest, "api.context.invalid_url_param.app_error", "Invalid or missing %s in the request URL: %s.", param, allowed)
}

// Forbidden says that who asks is known and may not.
func Forbidden() *Error {
	return New(http.StatusForbidden, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
}

// Unauthenticated says that nobody knows who asks. Clients sign out on it: never use it for a missing permission.
func Unauthenticated() *Error {
	return New(http.StatusUnauthorized, "api.context.session_expired.app_error", "Invalid or expired session, please log in again.")
}

// NotFound says that a thing does not exist, or not for who asks.
func NotFound(noun string) *Error {
	return New(http.StatusNotFound, "app."+noun+".get.find.app_error", "There is no such %s.", noun)
}

// NotImplemented is the answer to the parts of the protocol that this server does not have.
func NotImplemented() *Error {
	return New(http.StatusNotImplemented, "api.context.not_implemented.app_error", "This server does not offer that function yet.")
}

// Is reports whether err is a failure with that id.
func Is(err error, id string) bool {
	var e *Error
	return errors.As(err, &e) && e.ID == id
}
