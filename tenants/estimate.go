package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// What one tenant may have going on, over all workers: at a time, and how many operations may begin how soon after each
// other. Workers admit by it, and estimates count with it.
const (
	PerTenant   = 2
	BeginMost   = 5
	BeginWithin = 5 * time.Second
)

// Usual is how long something took lately where it went well. N is of how many cases; none: nobody knows.
type Usual struct {
	N      int
	Median time.Duration
	P95    time.Duration
}

// Usual returns how long operations of a kind took lately, of those that went well, without what they waited before.
func (s *Store) Usual(ctx context.Context, kind Kind) (Usual, error) {
	row, err := dbsql.New(s.pool).UsualDuration(ctx, string(kind))
	if err != nil {
		return Usual{}, fmt.Errorf("read how long %s usually takes: %w", kind, err)
	}
	return Usual{int(row.N), seconds(row.Median), seconds(row.P95)}, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Estimate is when an operation is expected to end.
type Estimate struct {
	At       time.Time // in half of the cases it ended before
	Late     time.Time // in 95 of 100 cases it ended before
	Sentence string    // for humans
}

// Estimate tells from history when an open operation will end, and nothing where there is none to tell from. What has
// taken longer than usual is expected at any moment, and not in the past.
func (s *Store) Estimate(ctx context.Context, op Operation) (*Estimate, error) {
	if op.State.Over() || op.State == Undoing {
		return nil, nil
	}
	u, err := s.Usual(ctx, op.Kind)
	if err != nil || u.N == 0 {
		return nil, err
	}
	begins := op.StartedAt
	if begins == nil {
		wait, err := s.wait(ctx, op.ID, u)
		if err != nil {
			return nil, err
		}
		at := s.now().Add(wait)
		begins = &at
	}
	return estimate(*begins, op.DueAt, s.now(), u), nil
}

// wait is how long an operation that nobody has begun will stand in its tenant's line.
func (s *Store) wait(ctx context.Context, operation uuid.UUID, u Usual) (time.Duration, error) {
	ahead, err := dbsql.New(s.pool).PlaceInLine(ctx, operation)
	if err != nil {
		return 0, fmt.Errorf("look how many come before operation %s: %w", operation, err)
	}
	pace := max(BeginWithin/BeginMost, u.Median/PerTenant)
	return time.Duration(max(0, ahead+1-PerTenant)) * pace, nil
}

// estimate is of an operation that begins, or began, at a time, and whose next attempt is not made before it is due.
func estimate(begins, due, now time.Time, u Usual) *Estimate {
	soonest := now
	if due.After(now) {
		soonest = due
	}
	e := &Estimate{At: later(begins.Add(u.Median), soonest), Late: later(begins.Add(u.P95), soonest)}
	if e.At.Equal(now) {
		e.Sentence = "it takes longer than usual, and may end at any moment"
	} else {
		e.Sentence = fmt.Sprintf("about %s more, and in one case of twenty more than %s", rough(e.At.Sub(now)), rough(e.Late.Sub(now)))
	}
	return e
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// rough is a duration as precisely as anybody knows it.
func rough(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", max(1, int(d.Round(time.Second).Seconds())))
	}
	return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
}
