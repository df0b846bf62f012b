package tenants

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrRehearsed is what a write returns under a rehearsal once everything went well: it was rolled back.
var ErrRehearsed = errors.New("rehearsed: everything was done and rolled back")

// Rehearsal is what a write would do, found out by doing it in a transaction that is then rolled back. The ids of what
// would be new are examples: the real thing gets others.
type Rehearsal struct {
	Events     []Event     // what the audit trail would say, in its order
	Operations []Operation // what would be asked for
	done       bool
}

// Done reports whether a transaction was rehearsed to its end.
func (r *Rehearsal) Done() bool { return r.done }

type rehearsalKey struct{}

// WithRehearsal returns a context under which the store's transactions are rolled back when they end well, and what they
// would have done is told.
func WithRehearsal(ctx context.Context) (context.Context, *Rehearsal) {
	r := &Rehearsal{}
	return context.WithValue(ctx, rehearsalKey{}, r), r
}

// rehearsal returns the rehearsal that ctx belongs to, or nil.
func rehearsal(ctx context.Context) *Rehearsal {
	r, _ := ctx.Value(rehearsalKey{}).(*Rehearsal)
	return r
}

// rehearsed is a transaction's work that takes itself back.
func (r *Rehearsal) rehearsed(do func(tx pgx.Tx) error) func(tx pgx.Tx) error {
	return func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		r.done = true
		return ErrRehearsed
	}
}

func (r *Rehearsal) noteEvent(e Event) {
	if r != nil {
		r.Events = append(r.Events, e)
	}
}

func (r *Rehearsal) noteOperation(op Operation) {
	if r != nil {
		r.Operations = append(r.Operations, op)
	}
}
