package accesslog

import (
	"context"
	"time"
)

// Forget removes all that was sorted of an owner, and returns how many objects that were. What is in segments goes with the next Sort.
func (s *Store) Forget(ctx context.Context, owner string) (objects int, err error) {
	return s.removeWhile(ctx, ofOwner(owner), func(string) bool { return true })
}

// Expire removes what is of days before that of a time, and returns how many objects that were.
func (s *Store) Expire(ctx context.Context, owner string, before time.Time) (objects int, err error) {
	first := dayOf(before)
	return s.removeWhile(ctx, ofOwner(owner), func(name string) bool {
		day, ok := dayIn(owner, name)
		return ok && day.Before(first)
	})
}
