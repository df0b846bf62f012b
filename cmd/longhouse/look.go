package main

import (
	"context"
	"net/http"
	"time"
)

// awayMost is how long a server that is away is waited for.
const awayMost = 30 * time.Second

// look asks again and again until it is over. It returns what it saw last, and an error where the end was not seen.
func look[T any](ctx context.Context, ask func() (T, error), over func(T) bool) (last T, err error) {
	heard, p := time.Now(), pace{next: 100 * time.Millisecond, most: time.Second}
	for {
		is, err := ask()
		switch {
		case err == nil && over(is):
			return is, nil
		case err == nil:
			last, heard = is, time.Now()
		case !away(err) || time.Since(heard) > awayMost:
			return last, err
		}
		if err := p.wait(ctx, 0); err != nil {
			return last, err
		}
	}
}

// away reports whether an error says that the server can't be reached, or is not well, for now.
func away(err error) bool {
	f := failureOf(err)
	return f.code == exitUnreachable || f.problem.Status >= http.StatusInternalServerError
}

// pace is a series of pauses, each twice as long as the one before.
type pace struct{ next, most time.Duration }

// wait lasts as long as the next pause, and at least so long.
func (p *pace) wait(ctx context.Context, least time.Duration) error {
	timer := time.NewTimer(max(p.next, least))
	defer timer.Stop()
	p.next = min(2*p.next, p.most)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
