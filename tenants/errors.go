package tenants

import (
	"fmt"
	"time"
)

// Reason says why the domain refused something; whoever serves it maps reasons to its protocol.
type Reason string

// The reasons.
const (
	// Invalid: what was given can never be right.
	Invalid Reason = "invalid"
	// Conflict: it can't be done now, or collides with what is there.
	Conflict Reason = "conflict"
	// NotFound: there is no such thing, or not for this principal.
	NotFound Reason = "not_found"
	// Unauthenticated: it is not known who asks.
	Unauthenticated Reason = "unauthenticated"
	// Forbidden: who asks may not.
	Forbidden Reason = "forbidden"
	// Exhausted: there is no room for it now.
	Exhausted Reason = "exhausted"
	// TooOften: who asks has asked too often, and has to wait.
	TooOften Reason = "too_often"
)

// Refusal is an answer that a person can act on.
type Refusal struct {
	Reason  Reason
	Field   string        // the input at fault, as the API names it; may be empty
	Message string        // a sentence that names what is wrong and what is allowed
	Detail  string        // what only operators shall know besides; may be empty
	After   time.Duration // of what was asked for too often: when it may be asked for again
}

// Error implements error.
func (r *Refusal) Error() string { return r.Message }

func refuse(reason Reason, field, format string, args ...any) error {
	return &Refusal{Reason: reason, Field: field, Message: fmt.Sprintf(format, args...)}
}
